/* tcp/open/tcp_passive.c - the connection that a SYN asks for: made at the ACK of our SYN,ACK, or
 * with fast open at the SYN. It takes its options from the listener and waits in its accept queue.
 */
#include "tcp/open/tcp_open.h"

#include "base/bits.h"
#include "tcp/auth/tcp_auth.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/path/tcp_path.h"
#include "tcp/receive/tcp_receive.h"
#include "tcp/tcp_machine.h"
#include "tcp/user/tcp_user.h"

bool tcp_accept_is_full(const struct tcp_listener *l)
{
    return l->n_accept > l->backlog; /* one more than asked for, as Linux counts */
}

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
    tc->snd_wscale = m->snd_wscale & 15u;
    tc->rcv_wscale = m->rcv_wscale & 15u;
    tc->ts_ok = m->ts_ok;
    tc->sack_ok = m->sack_ok;
    tc->wscale_ok = m->wscale_ok;
    tc->ecn = m->ecn & 3u;
    tc->ecn_mute = m->ecn_fail != 0;
    tc->ts_offset = m->ts_offset;
    tc->peer_mss = m->peer_mss;
    if (tc->ecn == TCP_ECN_ACCURATE)
        tcp_accecn_accepted(st, tc, m);
}

/* A connection as it was asked for; NULL: no memory. */
static struct tcp_sock *connection_new(struct tarn *st, const struct tcp_request *r, tarn_ns now)
{
    struct tcp_sock *listener = tcp_request_listener(st, r);
    struct sock *sk = sock_get(st, listener->sk.proto);
    struct tcp_sock *tc = sk != NULL ? tcp_of(sk) : NULL;
    struct ip_info ip;

    if (tc == NULL)
        return NULL;
    tcp_sock_init(st, tc);
    inherit(st, tc, listener);
    sk->local = r->mini.local;
    sk->remote = r->mini.remote;
    if (listener->keyed && !tcp_auth_inherit(st, tc, listener, &r->mini)) {
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
    tc->adv_mss = tcp_mss_offer(tc, &sk->remote.ip, ip.link_mtu);
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
struct tcp_sock *tcp_complete(struct tarn *st, const struct tcp_request *r, tarn_ns now)
{
    struct tcp_sock *tc = connection_new(st, r, now);

    if (tc == NULL)
        return NULL;
    if (r->mini.syn_acks == 1) /* Karn: which one of several it answers is not known */
        tcp_rtt_sample(st, tc, now - r->sent, now - r->sent);
    if (r->mini.retries > 1)
        tc->quiet_cwnd = tc->snd_mss; /* RFC 6298 5.7, RFC 6928 2 */
    tc->handshake_us = (uint32_t)min_u64((now - r->born) / 1000, UINT32_MAX);
    tcp_set_state(st, tc, TARN_TCP_SYN_RECEIVED);
    tcp_established(st, tc, now);
    tc->delivered_segs = 1; /* the SYN,ACK */
    tc->segs_in = 1;        /* the SYN */
    accept_queue(st, tcp_request_listener(st, r), tc);
    return tc;
}

/* The connection that a request is from its SYN on (RFC 7413); NULL: no memory. */
struct tcp_sock *tcp_begin(struct tarn *st, const struct tcp_request *r,
                           const struct tcp_fastopen_answer *answer, tarn_ns now)
{
    struct tcp_sock *listener = tcp_request_listener(st, r), *tc = connection_new(st, r, now);

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
