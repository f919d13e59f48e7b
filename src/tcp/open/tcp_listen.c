/* tcp/open/tcp_listen.c - LISTEN (RFC 9293 3.10.7.2), and what the application does with a
 * listener.
 *
 * A SYN makes a request (tcp_request.c). Requests are bounded per listener; at the bound a SYN is
 * answered by a cookie (tcp_cookie.c), which carries the same fields, or without tcp.syncookies the
 * oldest gives way: so a flood of SYNs shortens their life but does not shut others out (T15). With
 * fast open (tcp_fastopen.c) the SYN makes the connection. */
#include "tcp/open/tcp_open.h"

#include "base/bits.h"
#include "tcp/close/tcp_close.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/tcp_machine.h"

/* The answer that needs no memory. */
static enum tcp_verdict answer_by_cookie(struct tarn *st, struct tcp_request *r,
                                         const struct tcp_seg *g)
{
    tcp_cookie_init(st, r, g->now);
    tcp_mini_syn_ack(st, &r->mini, tcp_request_mss(st, r), NULL, g->now);
    return TCP_DONE;
}

static enum tcp_verdict listen_syn(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    struct tcp_request asked = {.listener = 0}, *r;
    struct tcp_fastopen_answer answer;
    struct tcp_sock *child;
    enum tcp_verdict v;

    if (tcp_accept_is_full(tcp_listener(st, tc)))
        return tcp_reject(g, DROP_TCP_BACKLOG);
    tcp_request_init(st, &asked, tc, g);
    if (g->by.key == NULL && tcp_cookie_wanted(st, tcp_listener(st, tc), g))
        return answer_by_cookie(st, &asked, g);
    answer = tcp_fastopen_syn(st, tc, g);
    child = answer.begins ? tcp_begin(st, &asked, &answer, g->now) : NULL;
    if (child != NULL) {
        v = tcp_fastopen_text(st, child, g);
        tcp_settle(st, child, g->now);
        return v;
    }
    r = tcp_request_add(st, tc, &asked);
    if (r == NULL)
        return tcp_reject(g, DROP_POOL_EMPTY);
    tcp_request_answer(st, r, answer.has_cookie ? &answer.cookie : NULL, g->now);
    return TCP_DONE;
}

/* An ACK for nobody: of a cookie, or it gets a reset. */
static enum tcp_verdict listen_ack(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    struct tcp_request asked = {.listener = 0};
    struct tcp_seg syn;
    struct tcp_sock *child;

    if (g->syn || !tcp_cookie_check(st, g, &syn)) {
        if (tcp_seg_len(g) == 0 || g->syn || !tcp_cookie_is_on(st, g->now))
            tcp_reset_reply(st, g); /* else it may be the second segment behind a cookie */
        return tcp_reject(g, DROP_TCP_ACK);
    }
    if (tcp_accept_is_full(tcp_listener(st, tc)))
        return tcp_reject(g, DROP_TCP_BACKLOG);
    tcp_request_init(st, &asked, tc, &syn);
    tcp_ecn_from_cookie(st, &asked.mini, &syn, g);
    child = tcp_complete(st, &asked, g->now);
    if (child == NULL)
        return tcp_reject(g, DROP_POOL_EMPTY);
    tcp_segment(st, child, g);
    return TCP_DONE;
}

void tcp_listen_input(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    enum tcp_verdict v = TCP_DROP;

    if ((g->h.flags & TCP_RST) != 0) {
        g->why = tc != NULL ? DROP_TCP_RST : DROP_TCP_NO_SOCKET;
    } else if (tc == NULL) {
        g->why = DROP_TCP_NO_SOCKET;
        tcp_reset_reply(st, g);
    } else if ((g->h.flags & TCP_ACK) != 0) {
        v = listen_ack(st, tc, g);
    } else if (!g->syn) {
        g->why = DROP_TCP_FLAGS;
    } else {
        v = listen_syn(st, tc, g);
    }
    tcp_seg_end(st, g, v);
}

/* The application's side --------------------------------------------------------------------- */

int tcp_listen(struct tarn *st, struct sock *sk, unsigned backlog)
{
    struct tcp_sock *tc = tcp_of(sk);
    struct tcp_listener *l = tcp_listener(st, tc);
    uint32_t most = (uint32_t)st->param[PARAM_TCP_SOMAXCONN];

    if (l == NULL && tc->state != TARN_TCP_CLOSED)
        return -TARN_EINVAL;
    if (l == NULL) {
        l = pool_get_zeroed(st, &st->arena, &tcp_layer(st)->listeners);
        if (l == NULL)
            return -TARN_ENOBUFS;
        list_init(&l->accept, offsetof(struct tcp_sock, sk.owner_link));
        list_init(&l->requests, offsetof(struct tcp_request, mini.link));
        list_init(&l->unproven, offsetof(struct tcp_extra, fo.link));
        list_init(&l->penalties, offsetof(struct tcp_penalty, link));
        tc->listener = ref_of(st, l);
        tcp_set_state(st, tc, TARN_TCP_LISTEN);
        sock_ready(st, sk, 0, TARN_OUT | TARN_HUP);
    }
    l->backlog = min_u32(backlog, most);
    tcp_fastopen_listen(st, tc, l);
    return 0;
}

struct sock *tcp_accept(struct tarn *st, struct sock *sk)
{
    struct tcp_listener *l = tcp_listener(st, tcp_of(sk));
    struct tcp_sock *tc = l != NULL ? list_pop_front(st, &l->accept) : NULL;

    if (tc == NULL)
        return NULL;
    l->n_accept--;
    if (l->n_accept == 0)
        sock_ready(st, sk, 0, TARN_IN);
    tc->listener = 0;
    tc->sk.flags &= ~(uint32_t)SOCK_QUEUED;
    sock_ready(st, &tc->sk, tc->sk.ready & TARN_IN, 0);
    return &tc->sk;
}

void tcp_listener_free(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    struct tcp_listener *l = tcp_listener(st, tc);
    struct tcp_request *r;
    struct tcp_sock *child;

    if (l == NULL)
        return;
    while ((r = list_first(st, &l->requests)) != NULL)
        tcp_request_free(st, r);
    while ((child = list_pop_front(st, &l->accept)) != NULL) {
        child->listener = 0;
        child->sk.flags |= SOCK_DEAD;
        if (child->state != TARN_TCP_CLOSED)
            tcp_abort(st, child, now);
        tcp_settle(st, child, now);
    }
    tcp_fastopen_unlisten(st, l);
    pool_put(st, &tcp_layer(st)->listeners, l);
    tc->listener = 0;
}
