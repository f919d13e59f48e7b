/* tcp/receive/tcp_delayed_ack.c - when an acknowledgement is sent (RFC 9293 3.8.6.3, RFC 5681 4.2),
 * and what it acknowledges.
 *
 * At least every second full segment is acknowledged at once, and whatever stands beside a hole;
 * the rest waits up to ack_delay_us for data to go with. What came in a batch is acknowledged
 * behind it, in as many steps; of much, or of super-packets, one ACK tells, as with Linux's GRO. As
 * in Linux the delay adapts to how often data comes, a burst begins with quick ACKs, and a peer
 * that paused behind what the application has read gets its ACK then. */
#include "tcp/receive/tcp_receive.h"

#include "base/bits.h"
#include "tcp/tcp_machine.h"

enum { STEPWISE_SEGS = 16 };

tcp_seq tcp_ack_number(struct tcp_sock *tc, uint32_t *wnd)
{
    uint32_t owed = tc->rcv_nxt.v - tc->rcv_acked.v, behind;
    uint32_t segs = tc->quick_acks > 0 ? 1 : 2, step = segs * tc->rcv_mss;

    if (owed <= step || (tc->quick_acks == 0 && owed > STEPWISE_SEGS * tc->rcv_mss))
        tc->stepwise = 0;
    if (!tc->stepwise)
        return tc->rcv_nxt;
    behind = (owed - step) >> tc->rcv_wscale << tc->rcv_wscale;
    if (*wnd + behind > (uint32_t)UINT16_MAX << tc->rcv_wscale)
        return tc->rcv_nxt;
    *wnd += behind; /* the right edge stays */
    return seq_sub(tc->rcv_nxt, behind);
}

void tcp_ack_sent(struct tcp_sock *tc, tcp_seq ack)
{
    bool all = seq_eq(ack, tc->rcv_nxt);

    if (tc->duplicates > 0 && seq_eq(ack, tc->rcv_acked))
        tc->duplicates--;
    tc->rcv_acked = ack;
    tc->pushed = 0;
    tc->stepwise = tc->stepwise && !all;
    tc->ack_now = !all || tc->duplicates > 0;
    tc->ack_at = 0;
    if (tc->quick_acks > 0)
        tc->quick_acks--;
}

/* The delay follows the time between arrivals, as Linux's does: halfway to it when it is shorter,
 * back to the shortest after a pause. RFC 9293 3.8.6.3 bounds it at 0.5 s. */
static void adapt_delay(const struct tarn *st, struct tcp_sock *tc, tarn_ns now)
{
    uint32_t least = (uint32_t)st->param[PARAM_TCP_DELACK_MIN_MS] * 1000;
    uint32_t most = (uint32_t)st->param[PARAM_TCP_DELACK_MAX_MS] * 1000;
    uint32_t gap_us = (uint32_t)min_u64((uint64_t)(tcp_ms(now) - tc->data_ms) * 1000, UINT32_MAX);

    if (gap_us <= tc->ack_delay_us / 2)
        tc->ack_delay_us = tc->ack_delay_us / 2 + least / 2;
    else if (gap_us < tc->ack_delay_us)
        tc->ack_delay_us = tc->ack_delay_us / 2 + gap_us;
    else if (gap_us > tcp_rto_ns(st, tc) / 1000) /* a new burst: the peer's window is small again */
        tc->quick_acks = TCP_QUICK_ACKS;
    tc->ack_delay_us = clamp_u32(tc->ack_delay_us, min_u32(least, most), most);
    tc->data_ms = tcp_ms(now);
}

/* Where the peer paused: behind a push, or behind a segment that is not full. */
static void note_push(struct tcp_sock *tc, uint32_t seg_bytes, bool psh)
{
    if (seg_bytes < tc->rcv_mss)
        tc->pushed = tc->pushed > 0 ? 2 : 1;
    else if (psh && tc->pushed == 0)
        tc->pushed = 1;
}

void tcp_ack_what_was_read(struct tcp_sock *tc)
{
    if (tc->recvq.bytes == 0 && tc->ack_at != 0 && tc->pushed > (tc->pingpong ? 1 : 0))
        tc->ack_now = 1;
}

void tcp_ack_late(const struct tarn *st, struct tcp_sock *tc)
{
    tc->ack_at = 0;
    tc->ack_now = 1;
    if (tc->pingpong)
        tc->ack_delay_us = (uint32_t)st->param[PARAM_TCP_DELACK_MIN_MS] * 1000;
    tc->pingpong = 0;
}

void tcp_quickack_set(struct tcp_sock *tc, bool on)
{
    tc->pingpong = !on;
    if (!on || tc->ack_at == 0)
        return;
    if (tc->pushed == 0)
        tc->pushed = 1;
    tcp_ack_what_was_read(tc);
}

void tcp_ack_schedule(const struct tarn *st, struct tcp_sock *tc, uint32_t seg_bytes, bool psh,
                      tarn_ns now)
{
    const struct tcp_active *a = tcp_active(st, tc);
    uint32_t owed = tc->rcv_nxt.v - tc->rcv_acked.v;

    note_push(tc, seg_bytes, psh);
    if (seg_bytes > tc->rcv_mss)
        tc->rcv_mss = (uint16_t)min_u32(seg_bytes, max_u32(tc->adv_mss, 536));
    adapt_delay(st, tc, now);
    if (owed == 0)
        return;
    if (owed > tc->rcv_mss || (tc->quick_acks > 0 && !tc->pingpong) ||
        (a != NULL && !list_is_empty(&a->runs)) || st->param[PARAM_TCP_DELAYED_ACK] == 0)
        tc->ack_now = 1; /* at least every second segment (RFC 9293 3.8.6.3) */
    else if (tc->ack_at == 0)
        tc->ack_at = now + (uint64_t)tc->ack_delay_us * 1000;
}
