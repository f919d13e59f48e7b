/* tcp/open/tcp_request.c - SYN-RECEIVED in small records (RFC 9293 3.10.7.4).
 *
 * A request is what must be remembered of a SYN until the peer's ACK proves that it hears us, and
 * nothing more. Its SYN,ACK is sent again by a timer of its own. The ACK makes the connection
 * (tcp_passive.c), if the accept queue has room: else the request waits for the peer to ask again.
 * A reset ends the request without a trace (T14). */
#include "tcp/open/tcp_open.h"

#include "base/bits.h"
#include "tcp/auth/tcp_auth.h"
#include "tcp/close/tcp_close.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/path/tcp_path.h"
#include "tcp/tcp_machine.h"

static struct tcp_request *request_of(struct tcp_mini *m)
{
    return container_of(m, struct tcp_request, mini);
}

struct tcp_sock *tcp_request_listener(const struct tarn *st, const struct tcp_request *r)
{
    return ref_at(st, r->listener);
}

void tcp_request_free(struct tarn *st, struct tcp_request *r)
{
    struct tcp_listener *l = tcp_listener(st, tcp_request_listener(st, r));

    tcp_mini_remove(st, &r->mini);
    list_remove(st, &l->requests, r);
    l->n_requests--;
    pool_put(st, &tcp_layer(st)->requests, r);
}

uint16_t tcp_request_mss(struct tarn *st, const struct tcp_request *r)
{
    const struct tcp_mini *m = &r->mini;
    struct ip_info ip = {
        .src = m->local.ip, .dst = m->remote.ip, .zone = tcp_mini_zone(m), .proto = IP_PROTO_TCP};

    return tcp_mss_offer(tcp_request_listener(st, r), &m->remote.ip,
                         route_find(st, &ip, -1) == 0 ? ip.link_mtu : 0);
}

void tcp_request_answer(struct tarn *st, struct tcp_request *r, const struct tcp_cookie *cookie,
                        tarn_ns now)
{
    uint64_t ms = (uint64_t)st->param[PARAM_TCP_RTO_INITIAL_MS] << min_u32(r->mini.retries, 16);

    ms = min_u64(ms, (uint64_t)st->param[PARAM_TCP_RTO_MAX_MS]);
    r->sent = now;
    tcp_mini_syn_ack(st, &r->mini, tcp_request_mss(st, r), cookie, now);
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
    m->ts_ok = m->ts_ok && !tcp_auth_bars_timestamps(g->by.key, m->sack_ok);
    m->ts_recent = m->ts_ok ? o->ts_value : 0;
    m->key_id = o->key_id;
    m->rnext_key_id = o->rnext_key_id;
    m->ts_offset = tcp_ts_offset(st, &m->local.ip, &m->remote.ip);
    m->wscale_ok = o->has_wscale && st->param[PARAM_TCP_WINDOW_SCALING] != 0;
    m->snd_wscale = m->wscale_ok ? (uint8_t)min_u32(o->wscale, TCP_MAX_WSCALE) : 0;
    m->rcv_wscale = m->wscale_ok ? tcp_wscale_of(st, tc) : 0;
    m->rcv_wnd = min_u32(tc->rcv_buf, UINT16_MAX);
    tcp_ecn_accept(st, m, g);
}

/* What a SYN asks for. */
void tcp_request_init(struct tarn *st, struct tcp_request *r, struct tcp_sock *tc,
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
struct tcp_request *tcp_request_add(struct tarn *st, struct tcp_sock *tc,
                                    const struct tcp_request *asked)
{
    struct tcp_listener *l = tcp_listener(st, tc);
    struct tcp_request *r;

    while (l->n_requests >= st->param[PARAM_TCP_SYN_BACKLOG])
        tcp_request_free(st, list_first(st, &l->requests));
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

/* Connections -------------------------------------------------------------------------------- */

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
        tcp_request_free(st, r);
    }
    return tcp_reject(g, DROP_TCP_BACKLOG);
}

static enum tcp_verdict request_ack(struct tarn *st, struct tcp_request *r, struct tcp_seg *g)
{
    struct tcp_sock *listener = tcp_request_listener(st, r), *tc;

    if (!seq_eq(g->h.ack, r->mini.snd_nxt)) {
        tcp_reset_reply(st, g);
        return tcp_reject(g, DROP_TCP_ACK);
    }
    r->mini.deferred = is_deferred(st, listener, r, g);
    if (r->mini.deferred)
        return TCP_DONE;
    if (tcp_accept_is_full(tcp_listener(st, listener)))
        return overflow(st, r, g);
    tc = tcp_complete(st, r, g->now);
    if (tc == NULL)
        return tcp_reject(g, DROP_POOL_EMPTY);
    tcp_request_free(st, r);
    tcp_segment(st, tc, g);
    return TCP_DONE;
}

/* The SYN came again: our answer was lost. */
static void answer_again(struct tarn *st, struct tcp_request *r, const struct tcp_seg *g)
{
    if (tcp_ecn_syn_again(st, &r->mini, g)) {
        if (r->mini.ts_ok && g->h.opts.has_timestamps &&
            (int32_t)(g->h.opts.ts_value - r->mini.ts_recent) > 0)
            r->mini.ts_recent = g->h.opts.ts_value; /* RFC 7323 4.3 */
        tcp_request_answer(st, r, NULL, g->now);
        return;
    }
    tcp_mini_reset(st, &r->mini, g->now);
    stat_add(st, TARN_STAT_TCP_ATTEMPT_FAILS, 1);
    tcp_request_free(st, r);
}

/* RFC 7323 5.3 R1. */
static bool is_old_by_time(const struct tarn *st, const struct tcp_mini *m, const struct tcp_seg *g)
{
    return m->ts_ok && g->h.opts.has_timestamps && st->param[PARAM_TCP_PAWS] != 0 &&
           (int32_t)(g->h.opts.ts_value - m->ts_recent) < 0;
}

/* 3.10.7.4, fourth: back to LISTEN, without an answer. So a peer that has begun anew, with another
 * number, need not wait for our SYN,ACKs to end. */
static enum tcp_verdict other_syn(struct tarn *st, struct tcp_request *r, struct tcp_seg *g)
{
    stat_add(st, TARN_STAT_TCP_ATTEMPT_FAILS, 1);
    tcp_request_free(st, r);
    return tcp_reject(g, DROP_TCP_SYN);
}

/* RFC 9293 3.10.7.4 for SYN-RECEIVED, with RFC 5961 3. */
enum tcp_verdict tcp_request_input(struct tarn *st, struct tcp_request *r, struct tcp_seg *g)
{
    struct tcp_mini *m = &r->mini;
    bool rst = (g->h.flags & TCP_RST) != 0;
    bool inside = seq_in_window(g->seq, m->rcv_nxt, max_u32(m->rcv_wnd, 1)), late;

    if (g->syn && !rst && seq_eq(g->seq, seq_sub(m->rcv_nxt, 1))) {
        if ((g->h.flags & TCP_ACK) == 0 && tcp_answers(st, &m->answered_ms, g->now))
            answer_again(st, r, g);
        return tcp_reject(g, DROP_TCP_OLD);
    }
    if (rst && seq_eq(g->seq, m->rcv_nxt)) {
        stat_add(st, TARN_STAT_TCP_ATTEMPT_FAILS, 1);
        tcp_request_free(st, r);
        return TCP_DONE;
    }
    late = !rst && is_old_by_time(st, m, g);
    if (!inside || late || rst) {
        if ((inside || !rst) && tcp_answers(st, &m->answered_ms, g->now))
            tcp_mini_ack(st, m, g->now);
        return tcp_reject(g, late ? DROP_TCP_PAWS : rst ? DROP_TCP_RST : DROP_TCP_WINDOW);
    }
    if (g->syn)
        return other_syn(st, r, g);
    if ((g->h.flags & TCP_ACK) == 0)
        return tcp_reject(g, DROP_TCP_FLAGS);
    return request_ack(st, r, g);
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
    tcp_request_free(st, request_of(m));
}

void tcp_request_expire(struct tarn *st, struct tcp_mini *m, tarn_ns now)
{
    struct tcp_request *r = request_of(m);
    tarn_ns deferred_until = r->born + tcp_request_listener(st, r)->defer_s * TCP_SECOND_NS;

    if (m->deferred && now < deferred_until) { /* the peer has answered: leave it in peace */
        wheel_arm(st, &st->wheel, &m->timer, deferred_until);
        return;
    }
    if (m->retries >= st->param[PARAM_TCP_SYNACK_RETRIES]) {
        stat_add(st, TARN_STAT_TCP_ATTEMPT_FAILS, 1);
        tcp_request_free(st, r);
        return;
    }
    m->retries++;
    tcp_request_answer(st, r, NULL, now);
}
