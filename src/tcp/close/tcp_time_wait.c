/* tcp/close/tcp_time_wait.c - TIME-WAIT (RFC 9293 3.6), in small records.
 *
 * A record keeps what is needed to answer a segment of the old connection, and to tell a new one
 * apart: a SYN with a later sequence number (RFC 1122 4.2.2.13) or a later timestamp (RFC 6191)
 * opens a new connection; its own numbers begin above those of the old one. We open one ourselves
 * where tcp.time-wait-reuse lets us: as Linux, only to this host unless told otherwise. Resets are
 * ignored while tcp.rfc1337 is on. When there are more records than tcp.time-wait-max the oldest
 * gives way. */
#include "tcp/close/tcp_close.h"

#include "tcp/auth/tcp_auth.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/tcp_machine.h"

enum { ISN_ABOVE_OLD = 65537 }; /* a new connection begins this far above the old one, as Linux */

/* tcp.time-wait-reuse */
enum { TW_REUSE_NEVER, TW_REUSE_PEER, TW_REUSE_LOCAL, TW_REUSE_ANY };

static void forget(struct tarn *st, struct tcp_time_wait *w)
{
    struct tcp_layer *l = tcp_layer(st);

    tcp_mini_remove(st, &w->mini);
    list_remove(st, &l->time_wait, w);
    if (w->holds_port)
        port_release(st, IP_PROTO_TCP, &w->mini.local, w->reuse);
    st->held.time_wait--;
    tcp_auth_put(st, w->mini.auth);
    pool_put(st, &l->time_waits, w);
}

static void arm(struct tarn *st, struct tcp_time_wait *w, tarn_ns now)
{
    wheel_arm(st, &st->wheel, &w->mini.timer,
              now + (uint64_t)st->param[PARAM_TCP_TIME_WAIT_MS] * 1000000);
}

/* A new record's memory: the oldest's when there are too many. */
static struct tcp_time_wait *get(struct tarn *st)
{
    struct tcp_layer *l = tcp_layer(st);

    if (st->param[PARAM_TCP_TW_MAX] == 0 || st->param[PARAM_TCP_TIME_WAIT_MS] == 0)
        return NULL;
    while (st->held.time_wait >= st->param[PARAM_TCP_TW_MAX])
        forget(st, list_first(st, &l->time_wait));
    return pool_get_zeroed(st, &st->arena, &l->time_waits);
}

static struct tcp_mini summary_of(struct tarn *st, struct tcp_sock *tc)
{
    return (struct tcp_mini){
        .local = tc->sk.local,
        .remote = tc->sk.remote,
        .kind = TCP_MINI_TIME_WAIT,
        .rcv_wscale = tc->rcv_wscale,
        .ts_ok = tc->ts_ok,
        .snd_nxt = tc->snd_nxt,
        .rcv_nxt = tc->rcv_nxt,
        .rcv_wnd = tcp_rcv_wnd(tc),
        .ts_recent = tc->ts_recent,
        .ts_offset = tc->ts_offset,
        .tos = sock_tos(&tc->sk, &tc->sk.remote.ip),
        .ttl = sock_ttl(&tc->sk, &tc->sk.remote.ip),
        .mark = tc->sk.mark,
        .flow = tc->sk.flow,
        .auth = tcp_auth_ref(st, tc),
    };
}

void tcp_enter_time_wait(struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    struct tcp_mini summary = summary_of(st, tc);
    struct tcp_time_wait *w = get(st);
    bool owes_ack = tc->ack_now;

    if (tc->ecn == TCP_ECN_ACCURATE)
        tcp_accecn_last(st, tc, &summary);
    if (owes_ack)
        tcp_mini_ack(st, &summary, now);
    if (w != NULL) {
        w->mini = summary;
        (void)tcp_auth_take(st, tc); /* the record has them */
        w->since = now;
        w->reuse = (tc->sk.flags & SOCK_REUSEADDR) != 0;
        w->holds_port = port_hold(st, IP_PROTO_TCP, &summary.local, w->reuse);
        timer_init(&w->mini.timer, TIMER_TCP_TIME_WAIT);
        tcp_mini_insert(st, &w->mini);
        list_push_back(st, &tcp_layer(st)->time_wait, w);
        st->held.time_wait++;
        arm(st, w, now);
    }
    tcp_closed(st, tc);
}

/* May a SYN open a new connection between the same two (RFC 1122 4.2.2.13, RFC 6191)? */
static bool is_newer_syn(const struct tarn *st, const struct tcp_mini *m, const struct tcp_seg *g)
{
    bool by_time = g->h.opts.has_timestamps && st->param[PARAM_TCP_TIMESTAMPS] != 0 &&
                   st->param[PARAM_TCP_TW_REUSE] != TW_REUSE_NEVER;

    if (!g->syn || (g->h.flags & (TCP_ACK | TCP_RST)) != 0)
        return false;
    if (by_time && !m->ts_ok)
        return true; /* nothing of the old one has timestamps: they tell the two apart */
    if (by_time && g->h.opts.ts_value != m->ts_recent)
        return (int32_t)(g->h.opts.ts_value - m->ts_recent) > 0;
    return seq_gt(g->seq, m->rcv_nxt);
}

bool tcp_time_wait_input(struct tarn *st, struct tcp_time_wait *w, const struct tcp_sock *listener,
                         struct tcp_seg *g)
{
    struct tcp_mini *m = &w->mini;

    if (m->auth != 0 && !tcp_auth_admits_old(st, ref_at(st, m->auth), g)) {
        tcp_seg_end(st, g, TCP_DROP);
        return true;
    }
    if (listener != NULL && is_newer_syn(st, m, g)) {
        g->isn = seq_add(m->snd_nxt, ISN_ABOVE_OLD);
        g->has_isn = true;
        forget(st, w);
        return false;
    }
    if ((g->h.flags & TCP_RST) != 0) {
        if (st->param[PARAM_TCP_RFC1337] == 0 && seq_eq(g->seq, m->rcv_nxt))
            forget(st, w);
        tcp_seg_end(st, g, tcp_reject(g, DROP_TCP_RST));
        return true;
    }
    if (g->fin && !seq_gt(g->seq, m->rcv_nxt))
        arm(st, w, g->now); /* RFC 9293 3.10.7.4: the peer's FIN again; restart 2 MSL */
    if (tcp_seg_len(g) > 0 || !seq_eq(g->seq, m->rcv_nxt))
        if (g->data > 0 || g->fin || tcp_answers(st, &m->answered_ms, g->now))
            tcp_mini_ack(st, m, g->now);
    tcp_seg_end(st, g, tcp_reject(g, DROP_TCP_OLD));
    return true;
}

/* RFC 6191 2: a second later only, because only a later timestamp tells the two apart. */
static bool may_replace(const struct tarn *st, const struct tcp_mini *m, tarn_ns now)
{
    bool is_local =
        tarn_ip_equal(&m->local.ip, &m->remote.ip) || tarn_ip_is_loopback(&m->remote.ip);
    int64_t least = is_local ? TW_REUSE_LOCAL : TW_REUSE_ANY;

    return m->kind == TCP_MINI_TIME_WAIT && m->ts_ok && st->param[PARAM_TCP_TW_REUSE] >= least &&
           now - container_of_const(m, struct tcp_time_wait, mini)->since >= TCP_SECOND_NS;
}

bool tcp_time_wait_is_busy(const struct tarn *st, const struct tarn_addr *local,
                           const struct tarn_addr *remote)
{
    const struct tcp_mini *m = tcp_mini_find(st, local, remote);

    return m != NULL && !may_replace(st, m, st->now);
}

bool tcp_time_wait_reuse(struct tarn *st, const struct tarn_addr *local,
                         const struct tarn_addr *remote, tarn_ns now, tcp_seq *isn)
{
    struct tcp_mini *m = tcp_mini_find(st, local, remote);

    if (m == NULL)
        return true;
    if (!may_replace(st, m, now))
        return false;
    *isn = seq_add(m->snd_nxt, ISN_ABOVE_OLD);
    forget(st, container_of(m, struct tcp_time_wait, mini));
    return true;
}

void tcp_time_wait_expire(struct tarn *st, struct tcp_mini *m)
{
    forget(st, container_of(m, struct tcp_time_wait, mini));
}
