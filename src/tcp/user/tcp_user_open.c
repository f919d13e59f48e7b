/* tcp/user/tcp_user_open.c - active OPEN (RFC 9293 3.10.1): a way to the peer, a port, and a SYN to
 * be sent. Passive OPEN is tcp_listen.c. */
#include "tcp/user/tcp_user.h"

#include "tcp/auth/tcp_auth.h"
#include "tcp/close/tcp_close.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/open/tcp_open.h"
#include "tcp/path/tcp_path.h"
#include "tcp/tcp_machine.h"
#include "tcp/tcp_queue.h"

void tcp_sock_init(const struct tarn *st, struct tcp_sock *tc)
{
    tc->state = TARN_TCP_CLOSED;
    tc->cc = tcp_layer(st)->default_cc;
    tc->rcv_buf = (uint32_t)st->param[PARAM_TCP_RMEM_DEFAULT];
    tc->snd_buf = (uint32_t)st->param[PARAM_TCP_WMEM_DEFAULT];
    tc->snd_mss = (uint32_t)st->param[PARAM_TCP_MSS_DEFAULT];
    tc->rcv_lowat = 1;
    tc->linger_s = -1;
    tc->spent_on = TCP_SPENT_N;
    tcp_rtt_init(tc);
}

int tcp_open(struct tarn *st, struct sock *sk)
{
    tcp_sock_init(st, tcp_of(sk));
    sock_ready(st, sk, TARN_OUT | TARN_HUP, 0);
    list_remove(st, &st->events, sk); /* nothing has happened yet */
    return 0;
}

/* TCP_INFO looks at one connection; so does fast open (RFC 7413), by the retransmissions. */
static void reset_counters(struct tcp_sock *tc)
{
    tc->bytes_acked = tc->bytes_received = tc->bytes_retrans = 0;
    tc->segs_out = tc->segs_in = tc->data_segs_out = tc->data_segs_in = 0;
    tc->retrans_segs = tc->dsack_segs = tc->delivered_segs = 0;
    tc->rto_episodes = 0;
    tc->rto_n = 0;
    tc->rto_ms = 0;
    memset(tc->spent, 0, sizeof tc->spent);
}

/* Everything of an earlier attempt is gone but what the application chose. */
static void reset_numbers(struct tcp_sock *tc)
{
    reset_counters(tc);
    tc->snd_wnd = tc->max_snd_wnd = 0;
    tc->fin_queued = tc->fin_sent = tc->fin_received = 0;
    tc->ts_ok = tc->sack_ok = tc->wscale_ok = tc->was_connected = 0;
    tc->urgent = tc->snd_urgent = 0;
    tc->searching = 0;
    tc->duplicates = 0;
    tc->pushed = 0;
    tc->stepwise = tc->pingpong = 0;
    tc->forced = tc->more = tc->held = tc->probe_spent = tc->heard = 0;
    tc->answered_ms = 0;
    tc->snd_wscale = 0;
    tc->retries = tc->probes = 0;
    tc->quiet_cwnd = tc->quiet_ssthresh = 0;
    tc->soft_error = 0;
    tcp_rtt_init(tc);
}

/* An address of ours and a way to the peer. */
static int find_way(struct tarn *st, struct tcp_sock *tc, struct tarn_addr *peer)
{
    struct ip_info ip;
    int err;

    if (tarn_ip_is_multicast(&peer->ip) || address_is_broadcast(st, &peer->ip))
        return -TARN_ENETUNREACH;
    err = sock_connect_way(st, &tc->sk, peer, 0, &ip);
    if (err == 0)
        tc->adv_mss = tcp_mss_offer(tc, &peer->ip, ip.link_mtu);
    return err;
}

/* A local port such that the four of them are new; *isn is set where an old connection's records
 * say from where to count. */
static int find_port(struct tarn *st, struct tcp_sock *tc, const struct tarn_addr *to, tarn_ns now,
                     tcp_seq *isn)
{
    struct sock *sk = &tc->sk;

    if ((sk->flags & SOCK_BOUND_PORT) == 0 && sk->local.port == 0)
        sk->local.port = port_ephemeral(st, sk, to);
    if (sk->local.port == 0)
        return -TARN_EADDRNOTAVAIL;
    *isn = tcp_isn(st, &sk->local, to, now);
    if (demux_connection(st, IP_PROTO_TCP, &sk->local, to) != NULL ||
        !tcp_time_wait_reuse(st, &sk->local, to, now, isn))
        return -TARN_EADDRNOTAVAIL;
    return 0;
}

static void begin(struct tarn *st, struct tcp_sock *tc, tcp_seq isn)
{
    struct ip_info ip;

    reset_numbers(tc);
    tcp_uto_begin(st, tc);
    if (tc->keyed)
        tcp_ao_begin(st, tc);
    tc->iss = tc->snd_una = tc->snd_nxt = isn;
    tc->syn_unacked = 1;
    tcp_ecn_begin(st, tc);
    tc->rcv_wscale = tcp_wscale_of(st, tc) & 15u;
    tc->ts_offset = tcp_ts_offset(st, &tc->sk.local.ip, &tc->sk.remote.ip);
    demux_connect(st, &tc->sk);
    tc->sk.route_generation = 0;
    (void)sock_route(st, &tc->sk, &ip);
}

/* Why no connection may be begun now, or 0. */
static int may_connect(struct tarn *st, struct tcp_sock *tc, const struct tarn_addr *to)
{
    if (tc->sk.error != 0)
        return sock_take_error(st, &tc->sk);
    if (to->port == 0)
        return -TARN_ECONNREFUSED; /* nobody can listen there: no segment may name it */
    if (tcp_fastopen_is_deferred(st, tc))
        return -TARN_EISCONN;
    if (tcp_in(tc, TCP_S(SYN_SENT) | TCP_S(SYN_RECEIVED)))
        return -TARN_EALREADY;
    return tc->state != TARN_TCP_CLOSED || tc->rst_due ? -TARN_EISCONN : 0;
}

int tcp_open_active(struct tarn *st, struct tcp_sock *tc, const struct tarn_addr *to, bool by_send,
                    tarn_ns now)
{
    struct tarn_addr peer = *to;
    struct sock *sk = &tc->sk;
    tcp_seq isn = seq(0);
    int err = may_connect(st, tc, to);

    if (err == 0)
        err = find_way(st, tc, &peer);
    if (err == 0)
        err = find_port(st, tc, &peer, now, &isn);
    if (err < 0)
        return err;
    sk->remote = peer;
    tcp_queue_purge(st, &tc->recvq);
    begin(st, tc, isn);
    tcp_fastopen_connect(st, tc, by_send);
    tcp_set_state(st, tc, TARN_TCP_SYN_SENT);
    sock_ready(st, sk, 0, TARN_IN | TARN_OUT | TARN_HUP | TARN_RDHUP | TARN_ERR);
    stat_add(st, TARN_STAT_TCP_ACTIVE_OPENS, 1);
    tcp_settle(st, tc, now);
    if (!tcp_fastopen_is_deferred(st, tc))
        return -TARN_EINPROGRESS;
    sock_ready(st, sk, TARN_OUT, 0);
    return 0;
}

int tcp_connect(struct tarn *st, struct sock *sk, const struct tarn_addr *to, tarn_ns now)
{
    return tcp_open_active(st, tcp_of(sk), to, false, now);
}
