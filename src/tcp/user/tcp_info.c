/* tcp/user/tcp_info.c - STATUS (RFC 9293 3.10.6): the state of a connection, in Linux's terms. */
#include "tcp/user/tcp_user.h"

#include "base/bits.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/open/tcp_open.h"
#include "tcp/tcp_machine.h"

static uint32_t segs(const struct tcp_sock *tc, uint64_t bytes)
{
    uint64_t n = (bytes + tc->snd_mss - 1) / max_u32(tc->snd_mss, 1);

    return (uint32_t)min_u64(n, UINT32_MAX);
}

enum { SPENT_SHIFT = 14, TIMESTAMP_BYTES = 12 };

/* The send buffer is the limit when all of it was sent, the application waits for room in it, and
 * the congestion window would have let more go. */
static enum tcp_spent spends_on(const struct tcp_sock *tc, const struct tcp_active *a)
{
    uint32_t unsent = tcp_unsent(tc);

    if (tc->sendq.bytes == 0)
        return TCP_SPENT_N;
    if (unsent > 0 && tcp_usable_wnd(tc) < min_u32(unsent, tc->snd_mss))
        return TCP_SPENT_RWND;
    if (unsent == 0 && tc->snd_full && a != NULL && !tcp_cc_is_limited(a))
        return TCP_SPENT_SNDBUF;
    return TCP_SPENT_BUSY;
}

void tcp_spend(struct tcp_sock *tc, const struct tcp_active *a, tarn_ns now)
{
    uint32_t units = (uint32_t)(now >> SPENT_SHIFT);

    if (tc->spent_on < TCP_SPENT_N)
        tc->spent[tc->spent_on] += units - tc->spent_at;
    tc->spent_at = units;
    tc->spent_on = spends_on(tc, a) & 3;
}

static uint64_t spent_us(const struct tcp_sock *tc, enum tcp_spent on, tarn_ns now)
{
    uint32_t units = tc->spent[on];

    if (tc->spent_on == on)
        units += (uint32_t)(now >> SPENT_SHIFT) - tc->spent_at;
    return ((uint64_t)units << SPENT_SHIFT) / 1000;
}

static void active_info(const struct tarn *st, const struct tcp_sock *tc,
                        const struct tcp_active *a, struct tarn_tcp_info *out)
{
    out->ca_state = a->ca_state;
    out->sacked_segs = segs(tc, a->sacked_bytes);
    out->lost_segs = segs(tc, a->lost_bytes);
    out->retrans_segs = segs(tc, a->retrans_bytes);
    if (a->tlp.out && a->tlp.resent && out->retrans_segs > 0)
        out->retrans_segs--; /* a loss probe is none of recovery's */
    out->snd_cwnd_segs = (uint32_t)min_u64(a->cc.ctl.cwnd / max_u32(tc->snd_mss, 1), UINT32_MAX);
    out->snd_ssthresh_segs =
        a->cc.ctl.ssthresh == UINT64_MAX
            ? INT32_MAX
            : (uint32_t)min_u64(a->cc.ctl.ssthresh / max_u32(tc->snd_mss, 1), INT32_MAX);
    out->pacing_rate = tcp_pace_rate(st, tc, a);
    out->delivery_rate = a->rate;
    out->reord_seen = a->reord_seen;
    out->reordering_segs = a->reordering;
    out->rcv_ooopack_segs = a->n_runs;
}

static void ecn_info(const struct tarn *st, const struct tcp_sock *tc, struct tarn_tcp_info *out)
{
    const struct tcp_extra *x = tcp_extra(st, tc);
    const struct tcp_accecn *ecn;

    if (x == NULL)
        return;
    ecn = &x->ecn;
    out->delivered_ce_segs = ecn->delivered_ce;
    out->received_ce_segs = ecn->received_ce;
    out->delivered_e1_bytes = ecn->delivered[IP_ECN_ECT1];
    out->delivered_e0_bytes = ecn->delivered[IP_ECN_ECT0];
    out->delivered_ce_bytes = ecn->delivered[IP_ECN_CE];
    out->received_e1_bytes = ecn->received[IP_ECN_ECT1];
    out->received_e0_bytes = ecn->received[IP_ECN_ECT0];
    out->received_ce_bytes = ecn->received[IP_ECN_CE];
    out->accecn_fail_mode = ecn->fail;
    out->accecn_opt_seen = ecn->seen;
}

/* As Linux counts: an active opener's SYN and either side's FIN are bytes, too. */
static void bytes_info(const struct tcp_sock *tc, struct tarn_tcp_info *out)
{
    bool syn = (tc->sk.flags & SOCK_ACCEPTED) == 0 && tc->was_connected;
    bool fin = tc->fin_sent && tcp_flight(tc) == 0;

    out->bytes_acked = tc->bytes_acked + syn + fin;
    out->bytes_received = tc->bytes_received + tc->fin_received;
    out->bytes_sent = tc->bytes_acked + tc->bytes_retrans + tc->sendq.bytes - tcp_unsent(tc);
    out->bytes_retrans = tc->bytes_retrans;
}

static void counters_info(const struct tcp_sock *tc, struct tarn_tcp_info *out, tarn_ns now)
{
    out->total_retrans_segs = tc->retrans_segs;
    out->delivered_segs = tc->delivered_segs;
    out->dsack_dups_segs = tc->dsack_segs;
    out->segs_out = tc->segs_out;
    out->segs_in = tc->segs_in;
    out->data_segs_out = tc->data_segs_out;
    out->data_segs_in = tc->data_segs_in;
    out->last_data_sent_ms = tcp_ms(now) - tc->sent_ms;
    out->last_data_recv_ms = tcp_ms(now) - tc->data_ms;
    out->last_ack_recv_ms = tcp_ms(now) - tc->received_ms;
    out->handshake_us = tc->handshake_us;
}

static void timeouts_info(const struct tcp_sock *tc, struct tarn_tcp_info *out)
{
    out->total_rto = tc->rto_n;
    out->total_rto_recoveries = tc->rto_episodes;
    out->total_rto_time_ms = tc->rto_ms;
}

static void spent_info(const struct tcp_sock *tc, struct tarn_tcp_info *out, tarn_ns now)
{
    out->rwnd_limited_us = spent_us(tc, TCP_SPENT_RWND, now);
    out->sndbuf_limited_us = spent_us(tc, TCP_SPENT_SNDBUF, now);
    out->busy_us =
        spent_us(tc, TCP_SPENT_BUSY, now) + out->rwnd_limited_us + out->sndbuf_limited_us;
}

static void timing_info(const struct tarn *st, const struct tcp_sock *tc, struct tarn_tcp_info *out)
{
    out->rto_us = (uint32_t)(tcp_rto_ns(st, tc) / 1000);
    if (tcp_flight(tc) == 0 && tc->probes > 0) /* window probes back off alone */
        out->rto_us = (uint32_t)(tcp_rto_base_ns(st, tc) / 1000);
    out->ato_us = tc->bytes_received > 0 ? tc->ack_delay_us : 0; /* learned from what comes */
    out->rtt_us = tc->srtt_us8 / 8;
    out->rttvar_us = tc->rttvar_us4 / 4;
    out->min_rtt_us = tc->min_rtt_us;
    out->rcv_rtt_us = tc->rcv_rtt_us;
    out->retransmits = tc->retries;
    out->probes = tc->probes;
    out->backoff = tc->backoff;
}

int tarn_tcp_info(const struct tarn *st, tarn_sock s, struct tarn_tcp_info *out, tarn_ns now)
{
    const struct sock *sk = sock_find(st, s);
    const struct tcp_sock *tc;

    *out = (struct tarn_tcp_info){0};
    if (sk == NULL)
        return -TARN_EBADF;
    if (sk->type != TARN_STREAM)
        return -TARN_EOPNOTSUPP;
    tc = tcp_of_const(sk);
    out->state = tc->state;
    if (st->param[PARAM_TCP_INFO] == 0)
        return 0;
    out->options = (uint8_t)(tc->ts_ok | tc->sack_ok << 1 | tc->wscale_ok << 2 |
                             (tc->ecn != TCP_ECN_OFF) << 3 | tc->ecn_seen << 4);
    out->options |= tcp_fastopen_data_taken(st, tc) ? 32 : 0;
    out->snd_wscale = tc->snd_wscale;
    out->rcv_wscale = tc->rcv_wscale;
    out->snd_mss = tc->snd_mss;
    out->rcv_mss = tc->rcv_mss;
    out->advmss = tc->adv_mss - (tc->ts_ok ? TIMESTAMP_BYTES : 0u);
    out->pmtu = sk->route_mtu;
    out->unacked_segs = segs(tc, tcp_flight(tc));
    out->reordering_segs = (uint32_t)st->param[PARAM_TCP_DUPTHRESH];
    out->snd_cwnd_segs = tc->quiet_cwnd != 0 ? segs(tc, tc->quiet_cwnd)
                                             : (uint32_t)st->param[PARAM_TCP_INITIAL_WINDOW];
    out->snd_ssthresh_segs = tc->quiet_ssthresh == 0 || tc->quiet_ssthresh == UINT32_MAX
                                 ? INT32_MAX
                                 : tc->quiet_ssthresh / max_u32(tc->snd_mss, 1);
    out->rcv_space = tc->space_bytes;
    out->rcv_ssthresh = tc->rcv_buf;
    out->snd_wnd = tc->snd_wnd;
    out->rcv_wnd = tcp_rcv_wnd(tc);
    out->max_pacing_rate = tcp_pace_limit(st, tc);
    out->notsent_bytes = tcp_unsent(tc);
    timing_info(st, tc, out);
    spent_info(tc, out, now);
    counters_info(tc, out, now);
    bytes_info(tc, out);
    timeouts_info(tc, out);
    ecn_info(st, tc, out);
    if (tc->active != 0)
        active_info(st, tc, tcp_active(st, tc), out);
    if (tc->active != 0 && tcp_active(st, tc)->rto_since_ms != 0)
        out->total_rto_time_ms += tcp_ms(now) - tcp_active(st, tc)->rto_since_ms;
    return 0;
}
