/* tcp/tcp_listen.c - passive open: LISTEN, and SYN-RECEIVED in small records (RFC 9293 3.10.7.2).
 *
 * A SYN makes a request: what must be remembered until the peer's ACK proves that it hears us, and
 * nothing more. Requests are bounded per listener; at the bound a SYN is answered by a cookie
 * (tcp_cookie.c), which carries the same fields, or without tcp.syncookies the oldest gives way: so
 * a flood of SYNs shortens their life but does not shut others out (T15). The ACK makes the
 * connection, if the accept queue has room: else the request waits for the peer to ask again. A
 * reset ends the request without a trace (T14). With fast open (tcp_fastopen.c) the SYN makes the
 * connection. */
#include "tcp/tcp_parts.h"

#include "base/bits.h"

static struct tcp_request *request_of(struct tcp_mini *m)
{
    return container_of(m, struct tcp_request, mini);
}

static struct tcp_sock *listener_of(const struct tarn *st, const struct tcp_request *r)
{
    return ref_at(st, r->listener);
}

static void request_free(struct tarn *st, struct tcp_request *r)
{
    struct tcp_listener *l = tcp_listener(st, listener_of(st, r));

    tcp_mini_remove(st, &r->mini);
    list_remove(st, &l->requests, r);
    l->n_requests--;
    pool_put(st, &tcp_layer(st)->requests, r);
}

static uint16_t adv_mss(struct tarn *st, const struct tcp_request *r)
{
    const struct tcp_mini *m = &r->mini;
    struct ip_info ip = {
        .src = m->local.ip, .dst = m->remote.ip, .zone = tcp_mini_zone(m), .proto = IP_PROTO_TCP};

    return tcp_mss_offer(listener_of(st, r), &m->remote.ip,
                         route_find(st, &ip, -1) == 0 ? ip.mtu : 0);
}

static void syn_ack(struct tarn *st, struct tcp_request *r, const struct tcp_cookie *cookie,
                    tarn_ns now)
{
    uint64_t ms = (uint64_t)st->param[PARAM_TCP_RTO_INITIAL_MS] << min_u32(r->mini.retries, 16);

    ms = min_u64(ms, (uint64_t)st->param[PARAM_TCP_RTO_MAX_MS]);
    r->sent = now;
    tcp_mini_syn_ack(st, &r->mini, adv_mss(st, r), cookie, now);
    tcp_ecn_syn_ack_sent(&r->mini);
    wheel_arm(st, &st->wheel, &r->mini.timer, now + ms * 1000000);
}

/* SYN --------------------------------------------------------------------------------------- */

static void request_options(const struct tarn *st, struct tcp_mini *m, const struct tcp_sock *tc,
                            const struct tcp_seg *g)
{
    const struct tcp_opts *o = &g->h.opts;

    m->peer_mss = o->has_mss ? o->mss : tcp_mss_default(st, &m->remote.ip);
    m->sack_ok = o->sack_permitted && st->param[PARAM_TCP_SACK] != 0;
    m->ts_ok = o->has_timestamps && st->param[PARAM_TCP_TIMESTAMPS] != 0;
    m->ts_ok = m->ts_ok && !tcp_auth_bars_timestamps(g->key, m->sack_ok);
    m->ts_recent = m->ts_ok ? o->ts_value : 0;
    m->ts_offset = tcp_ts_offset(st, &m->local.ip, &m->remote.ip);
    m->wscale_ok = o->has_wscale && st->param[PARAM_TCP_WINDOW_SCALING] != 0;
    m->snd_wscale = m->wscale_ok ? (uint8_t)min_u32(o->wscale, TCP_MAX_WSCALE) : 0;
    m->rcv_wscale = m->wscale_ok ? tcp_wscale_of(st, tc->rcv_buf) : 0;
    m->rcv_wnd = min_u32(tc->rcv_buf, UINT16_MAX);
    tcp_ecn_accept(st, m, g);
}

/* What a SYN asks for. */
static void request_init(struct tarn *st, struct tcp_request *r, struct tcp_sock *tc,
                         const struct tcp_seg *g)
{
    r->mini.local = sock_end(&g->ip->dst, g->ip->zone, g->h.dst_port);
    r->mini.remote = sock_end(&g->ip->src, g->ip->zone, g->h.src_port);
    r->mini.kind = TCP_MINI_REQUEST;
    r->mini.ttl = sock_ttl(&tc->sk, &r->mini.remote.ip);
    r->mini.tos = sock_tos(&tc->sk, &r->mini.remote.ip);
    if ((tc->sk.flags & SOCK_NO_FLOW_LABEL) == 0)
        r->mini.flow = sock_flow_label(st, IP_PROTO_TCP, &r->mini.local, &r->mini.remote);
    r->mini.mark = tc->sk.mark;
    r->mini.rcv_nxt = seq_add(g->seq, 1);
    r->mini.snd_nxt =
        seq_add(g->has_isn ? g->isn : tcp_isn(st, &r->mini.local, &r->mini.remote, g->now), 1);
    request_options(st, &r->mini, tc, g);
    r->snd_wnd = g->h.window;
    r->listener = ref_of(st, tc);
    r->born = g->now;
}

/* Remember it. */
static struct tcp_request *request_add(struct tarn *st, struct tcp_sock *tc,
                                       const struct tcp_request *asked)
{
    struct tcp_listener *l = tcp_listener(st, tc);
    struct tcp_request *r;

    while (l->n_requests >= st->param[PARAM_TCP_SYN_BACKLOG])
        request_free(st, list_first(st, &l->requests));
    r = pool_get(st, &st->arena, &tcp_layer(st)->requests);
    if (r == NULL)
        return NULL;
    *r = *asked;
    timer_init(&r->mini.timer, TIMER_TCP_REQUEST);
    tcp_mini_insert(st, &r->mini);
    list_push_back(st, &l->requests, r);
    l->n_requests++;
    return r;
}

/* Connections
 * --------------------------------------------------------------------------------------- */

/* What the connection takes from its listener. */
static void inherit(struct tarn *st, struct tcp_sock *tc, const struct tcp_sock *from)
{
    tc->sk.family = from->sk.family;
    tc->sk.user = from->sk.user;
    tc->sk.flags |= from->sk.flags & (SOCK_REUSEADDR | SOCK_REUSEPORT | SOCK_RECVERR |
                                      SOCK_RECVERR6 | SOCK_V6ONLY | SOCK_NO_FLOW_LABEL);
    tc->sk.mark = from->sk.mark;
    tc->sk.ttl = from->sk.ttl;
    tc->sk.tos = from->sk.tos;
    tc->sk.hops = from->sk.hops;
    tc->sk.tclass = from->sk.tclass;
    tc->sk.priority = from->sk.priority;
    tc->sk.mtu_discover = from->sk.mtu_discover;
    tc->sk.mtu_discover6 = from->sk.mtu_discover6;
    tc->sk.source_prefs = from->sk.source_prefs;
    tc->sk.bind_port = from->sk.bind_port;
    tcp_options_inherit(st, tc, from);
}

static void begin_numbers(struct tarn *st, struct tcp_sock *tc, const struct tcp_request *r)
{
    const struct tcp_mini *m = &r->mini;

    tc->iss = seq_sub(m->snd_nxt, 1);
    tc->snd_una = tc->snd_nxt = m->snd_nxt;
    tc->irs = seq_sub(m->rcv_nxt, 1);
    tc->rcv_nxt = tc->rcv_acked = m->rcv_nxt;
    tc->rcv_adv = seq_add(m->rcv_nxt, m->rcv_wnd);
    tc->snd_wnd = tc->max_snd_wnd = r->snd_wnd;
    tc->snd_wl1 = tc->irs;
    tc->snd_wl2 = m->snd_nxt;
    tc->snd_wscale = m->snd_wscale;
    tc->rcv_wscale = m->rcv_wscale;
    tc->ts_ok = m->ts_ok;
    tc->sack_ok = m->sack_ok;
    tc->wscale_ok = m->wscale_ok;
    tc->ecn = m->ecn & 3u;
    tc->ts_offset = m->ts_offset;
    tc->peer_mss = m->peer_mss;
    if (tc->ecn == TCP_ECN_ACCURATE)
        tcp_accecn_accepted(st, tc, m);
}

/* A connection as it was asked for; NULL: no memory. */
static struct tcp_sock *connection_new(struct tarn *st, const struct tcp_request *r, tarn_ns now)
{
    struct tcp_sock *listener = listener_of(st, r);
    struct sock *sk = sock_get(st, listener->sk.proto);
    struct tcp_sock *tc = sk != NULL ? tcp_of(sk) : NULL;
    struct ip_info ip;

    if (tc == NULL)
        return NULL;
    tcp_sock_init(st, tc);
    inherit(st, tc, listener);
    sk->local = r->mini.local;
    sk->remote = r->mini.remote;
    if (listener->keyed && !tcp_auth_inherit(st, tc, listener)) {
        tcp_extra_put(st, tc);
        sock_put(st, sk);
        return NULL;
    }
    sk->flags |= SOCK_ACCEPTED | SOCK_QUEUED;
    begin_numbers(st, tc, r);
    if (tc->ts_ok)
        tcp_ts_remember(tc, r->mini.ts_recent, now);
    demux_connect(st, sk);
    (void)sock_route(st, sk, &ip);
    tc->adv_mss = tcp_mss_offer(tc, &sk->remote.ip, sk->route_mtu);
    tcp_mss_update(st, tc, sk->route_mtu);
    tcp_window_init(st, tc, now);
    tc->quiet_ssthresh = UINT32_MAX;
    return tc;
}

static void accept_queue(struct tarn *st, struct tcp_sock *listener, struct tcp_sock *tc)
{
    struct tcp_listener *l = tcp_listener(st, listener);

    list_push_back(st, &l->accept, tc);
    l->n_accept++;
    tc->listener = ref_of(st, listener);
    stat_add(st, TARN_STAT_TCP_PASSIVE_OPENS, 1);
    sock_ready(st, &listener->sk, TARN_IN, 0);
}

/* The connection that a request grows into at the peer's ACK; NULL: no memory. */
static struct tcp_sock *complete(struct tarn *st, const struct tcp_request *r, tarn_ns now)
{
    struct tcp_sock *tc = connection_new(st, r, now);

    if (tc == NULL)
        return NULL;
    if (r->mini.syn_acks == 1) /* Karn: which one of several it answers is not known */
        tcp_rtt_sample(tc, now - r->sent, now - r->sent);
    if (r->mini.retries > 1)
        tc->quiet_cwnd = tc->snd_mss; /* RFC 6298 5.7, RFC 6928 2 */
    tc->handshake_us = (uint32_t)min_u64((now - r->born) / 1000, UINT32_MAX);
    tcp_set_state(st, tc, TARN_TCP_SYN_RECEIVED);
    tcp_established(st, tc, now);
    tc->delivered_segs = 1; /* the SYN,ACK */
    tc->syn_resent = r->mini.retries > 0;
    accept_queue(st, listener_of(st, r), tc);
    return tc;
}

/* The connection that a request is from its SYN on (RFC 7413); NULL: no memory. */
static struct tcp_sock *begin(struct tarn *st, const struct tcp_request *r,
                              const struct tcp_fastopen_answer *answer, tarn_ns now)
{
    struct tcp_sock *listener = listener_of(st, r), *tc = connection_new(st, r, now);

    if (tc == NULL)
        return NULL;
    if (!tcp_fastopen_begin(st, listener, tc, answer)) {
        tc->sk.flags |= SOCK_DEAD;
        tcp_closed(st, tc);
        tcp_settle(st, tc, now);
        return NULL;
    }
    tcp_set_state(st, tc, TARN_TCP_SYN_RECEIVED);
    accept_queue(st, listener, tc);
    return tc;
}

/* SYN for a listener --------------------------------------------------------------------------- */

static bool is_full(const struct tcp_listener *l)
{
    return l->n_accept > l->backlog; /* one more than asked for, as Linux counts */
}

/* The answer that needs no memory. */
static enum tcp_verdict answer_by_cookie(struct tarn *st, struct tcp_request *r,
                                         const struct tcp_seg *g)
{
    tcp_cookie_init(st, r, g->now);
    tcp_mini_syn_ack(st, &r->mini, adv_mss(st, r), NULL, g->now);
    return TCP_DONE;
}

static enum tcp_verdict listen_syn(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    struct tcp_request asked = {.listener = 0}, *r;
    struct tcp_fastopen_answer answer;
    struct tcp_sock *child;
    enum tcp_verdict v;

    if (is_full(tcp_listener(st, tc)))
        return tcp_reject(g, DROP_TCP_BACKLOG);
    request_init(st, &asked, tc, g);
    if (tcp_cookie_wanted(st, tcp_listener(st, tc), g))
        return answer_by_cookie(st, &asked, g);
    answer = tcp_fastopen_syn(st, tc, g);
    child = answer.begins ? begin(st, &asked, &answer, g->now) : NULL;
    if (child != NULL) {
        v = tcp_fastopen_text(st, child, g);
        tcp_settle(st, child, g->now);
        return v;
    }
    r = request_add(st, tc, &asked);
    if (r == NULL)
        return tcp_reject(g, DROP_POOL_EMPTY);
    syn_ack(st, r, answer.has_cookie ? &answer.cookie : NULL, g->now);
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
    if (is_full(tcp_listener(st, tc)))
        return tcp_reject(g, DROP_TCP_BACKLOG);
    request_init(st, &asked, tc, &syn);
    tcp_ecn_from_cookie(st, &asked.mini, &syn, g);
    child = complete(st, &asked, g->now);
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

/* A segment for a request ---------------------------------------------------------------------- */

/* TCP_DEFER_ACCEPT: an ACK without data waits, for a while. */
static bool is_deferred(const struct tarn *st, const struct tcp_sock *listener,
                        const struct tcp_request *r, const struct tcp_seg *g)
{
    return g->data == 0 && !g->fin && listener->defer_s != 0 &&
           st->param[PARAM_TCP_DEFER_ACCEPT] != 0 &&
           g->now - r->born < listener->defer_s * TCP_SECOND_NS;
}

/* As Linux: the peer's ACK is as if lost, or the connection is, where tcp.abort-on-overflow says
 * so. */
static enum tcp_verdict overflow(struct tarn *st, struct tcp_request *r, struct tcp_seg *g)
{
    if (st->param[PARAM_TCP_ABORT_ON_OVERFLOW] != 0) {
        tcp_reset_reply(st, g);
        request_free(st, r);
    }
    return tcp_reject(g, DROP_TCP_BACKLOG);
}

static enum tcp_verdict request_ack(struct tarn *st, struct tcp_request *r, struct tcp_seg *g)
{
    struct tcp_sock *listener = listener_of(st, r), *tc;

    if (!seq_eq(g->h.ack, r->mini.snd_nxt)) {
        tcp_reset_reply(st, g);
        return tcp_reject(g, DROP_TCP_ACK);
    }
    r->mini.deferred = is_deferred(st, listener, r, g);
    if (r->mini.deferred)
        return TCP_DONE;
    if (is_full(tcp_listener(st, listener)))
        return overflow(st, r, g);
    tc = complete(st, r, g->now);
    if (tc == NULL)
        return tcp_reject(g, DROP_POOL_EMPTY);
    request_free(st, r);
    tcp_segment(st, tc, g);
    return TCP_DONE;
}

/* The SYN came again: our answer was lost. */
static void answer_again(struct tarn *st, struct tcp_request *r, const struct tcp_seg *g)
{
    tcp_ecn_syn_again(&r->mini, g);
    syn_ack(st, r, NULL, g->now);
}

/* RFC 9293 3.10.7.4 for SYN-RECEIVED, with RFC 5961 3 and 4. */
static enum tcp_verdict request_segment(struct tarn *st, struct tcp_request *r, struct tcp_seg *g)
{
    struct tcp_mini *m = &r->mini;
    bool rst = (g->h.flags & TCP_RST) != 0;

    if (g->syn && !rst && seq_eq(g->seq, seq_sub(m->rcv_nxt, 1))) {
        if ((g->h.flags & TCP_ACK) == 0 && tcp_mini_may_answer(st, m, g->now))
            answer_again(st, r, g);
        return tcp_reject(g, DROP_TCP_OLD);
    }
    if (rst && seq_eq(g->seq, m->rcv_nxt)) {
        stat_add(st, TARN_STAT_TCP_ATTEMPT_FAILS, 1);
        request_free(st, r);
        return TCP_DONE;
    }
    if (!seq_in_window(g->seq, m->rcv_nxt, max_u32(m->rcv_wnd, 1)) || g->syn || rst) {
        if (!rst && tcp_mini_may_answer(st, m, g->now))
            tcp_mini_ack(st, m, g->now);
        return tcp_reject(g, g->syn ? DROP_TCP_SYN : rst ? DROP_TCP_RST : DROP_TCP_WINDOW);
    }
    if ((g->h.flags & TCP_ACK) == 0)
        return tcp_reject(g, DROP_TCP_FLAGS);
    return request_ack(st, r, g);
}

bool tcp_mini_input(struct tarn *st, struct tcp_sock *listener, struct tcp_seg *g)
{
    struct tarn_addr local = sock_end(&g->ip->dst, g->ip->zone, g->h.dst_port);
    struct tarn_addr remote = sock_end(&g->ip->src, g->ip->zone, g->h.src_port);
    struct tcp_mini *m = tcp_mini_find(st, &local, &remote);

    if (m == NULL)
        return false;
    if (m->kind == TCP_MINI_TIME_WAIT)
        return tcp_time_wait_input(st, container_of(m, struct tcp_time_wait, mini), listener, g);
    tcp_seg_end(st, g, request_segment(st, request_of(m), g));
    return true;
}

/* As Linux: nobody is told, for accept() has no place for it. What "prohibited" means (RFC 1122
 * 3.2.2.1) and a port that is closed is not for a peer that has sent us a SYN. */
void tcp_request_error(struct tarn *st, const struct tarn_addr *local,
                       const struct tarn_addr *remote, tcp_seq quoted, const struct icmp_error *e)
{
    struct tcp_mini *m = tcp_mini_find(st, local, remote);

    if (m == NULL || m->kind != TCP_MINI_REQUEST || e->info != 0)
        return;
    if (!seq_eq(quoted, seq_sub(m->snd_nxt, 1))) {
        stat_add(st, TARN_STAT_TCP_ICMP_WINDOW, 1);
        return;
    }
    if (e->hard || st->param[PARAM_TCP_SYN_SOFT_ERRORS] == 0)
        return;
    stat_add(st, TARN_STAT_TCP_ATTEMPT_FAILS, 1);
    request_free(st, request_of(m));
}

void tcp_request_expire(struct tarn *st, struct tcp_mini *m, tarn_ns now)
{
    struct tcp_request *r = request_of(m);
    tarn_ns deferred_until = r->born + listener_of(st, r)->defer_s * TCP_SECOND_NS;

    if (m->deferred && now < deferred_until) { /* the peer has answered: leave it in peace */
        wheel_arm(st, &st->wheel, &m->timer, deferred_until);
        return;
    }
    if (m->retries >= st->param[PARAM_TCP_SYNACK_RETRIES]) {
        stat_add(st, TARN_STAT_TCP_ATTEMPT_FAILS, 1);
        request_free(st, r);
        return;
    }
    m->retries++;
    syn_ack(st, r, NULL, now);
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
        request_free(st, r);
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
