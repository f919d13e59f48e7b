/* tcp/tcp_rtt.c - round-trip time and retransmission timeout (RFC 6298, RFC 9293 3.8.1).
 *
 * Samples come from send times, of data that was sent once (Karn), in microseconds; where only
 * retransmitted data was acknowledged the timestamp echo gives one in milliseconds (RFC 7323 4).
 * Deviation from RFC 6298 2.4: the variance term is never below tcp.rto-min-ms (200 ms, as Linux)
 * instead of RTO >= 1 s. It covers the peer's delayed ACK at any RTT. */
#include "tcp/tcp_machine.h"

#include "base/bits.h"

enum {
    RTO_AFTER_SYN_US = 3000000, /* RFC 6298 5.7 */
    MIN_RTT_SHIFT = 32,         /* tc->min_rtt_at counts 2^32 ns */
};

static uint32_t param_us(const struct tarn *st, enum param p)
{
    return (uint32_t)st->param[p] * 1000;
}

void tcp_rtt_init(struct tcp_sock *tc)
{
    tc->srtt_us8 = tc->rttvar_us4 = tc->min_rtt_us = 0;
    tc->syn_resent = 0;
    tc->backoff = 0;
}

void tcp_rtt_established(struct tcp_sock *tc)
{
    if (tc->srtt_us8 != 0)
        return;
    tc->syn_resent = 1;
    tc->backoff = 0;
}

/* RFC 6298 2.2 to 2.4. */
static void smooth(struct tcp_sock *tc, uint32_t r_us)
{
    uint32_t srtt = tc->srtt_us8 / 8;
    uint32_t off = r_us > srtt ? r_us - srtt : srtt - r_us;

    if (tc->srtt_us8 == 0) {
        tc->srtt_us8 = r_us * 8;
        tc->rttvar_us4 = r_us * 2; /* R/2, times 4 */
        return;
    }
    tc->rttvar_us4 += off - tc->rttvar_us4 / 4; /* 3/4 RTTVAR + 1/4 |SRTT - R| */
    tc->srtt_us8 += r_us - srtt;                /* 7/8 SRTT + 1/8 R */
}

/* RFC 8985 6.2 step 1: the least of late; a path may have become longer for good. What is as old as
 * tcp.min-rtt-window-s gives way to the next sample. */
static void note_least(const struct tarn *st, struct tcp_sock *tc, uint32_t us)
{
    uint64_t window_ns = (uint64_t)st->param[PARAM_TCP_MIN_RTT_WINDOW_S] * TCP_SECOND_NS;
    uint8_t now = (uint8_t)(st->now >> MIN_RTT_SHIFT);
    bool old = (uint8_t)(now - tc->min_rtt_at) >= window_ns >> MIN_RTT_SHIFT;

    if (tc->min_rtt_us != 0 && us > tc->min_rtt_us && !old)
        return;
    tc->min_rtt_us = us;
    tc->min_rtt_at = now;
}

void tcp_rtt_sample(const struct tarn *st, struct tcp_sock *tc, uint64_t rtt_ns, uint64_t newest_ns)
{
    smooth(tc, (uint32_t)clamp_u64(rtt_ns / 1000, 1, TCP_RTT_MAX_US));
    note_least(st, tc, (uint32_t)clamp_u64(newest_ns / 1000, 1, TCP_RTT_MAX_US));
    tc->backoff = 0;
    tc->probe_spent = 0;
}

void tcp_rtt_from_echo(const struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g)
{
    uint64_t ns;
    uint32_t ms;

    if (!tc->ts_ok || !g->h.opts.has_timestamps || g->h.opts.ts_echo == 0)
        return;
    ms = tcp_ts_now(tc->ts_offset, g->now) - g->h.opts.ts_echo;
    ns = (uint64_t)max_u32(ms, 1) * 1000000;
    if (ms < TCP_RTT_MAX_US / 1000) /* the least is known better */
        tcp_rtt_sample(st, tc, ns, max_u64(ns, (uint64_t)tc->min_rtt_us * 1000));
}

static uint64_t rto_base_us(const struct tarn *st, const struct tcp_sock *tc)
{
    uint64_t us = tc->srtt_us8 / 8;

    if (us != 0 && st->param[PARAM_TCP_ADAPTIVE_RTO] != 0)
        us += max_u32(tc->rttvar_us4, param_us(st, PARAM_TCP_RTO_MIN_MS));
    else
        us = max_u32(param_us(st, PARAM_TCP_RTO_INITIAL_MS), tc->syn_resent ? RTO_AFTER_SYN_US : 0);
    return min_u64(us, param_us(st, PARAM_TCP_RTO_MAX_MS));
}

uint64_t tcp_rto_base_ns(const struct tarn *st, const struct tcp_sock *tc)
{
    return rto_base_us(st, tc) * 1000;
}

uint64_t tcp_rto_ns(const struct tarn *st, const struct tcp_sock *tc)
{
    uint64_t us = rto_base_us(st, tc) << min_u32(tc->backoff, 16);

    return min_u64(us, param_us(st, PARAM_TCP_RTO_MAX_MS)) * 1000;
}
