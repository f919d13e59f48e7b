/* tcp/send/tcp_super.c - how long a super-packet is, and which segments push.
 *
 * What the window lets go at once leaves as super-packets that the link cuts. Their length is
 * Linux's choice (tcp_tso_autosize): about a millisecond at the rate at which the window goes
 * round, more on paths so short that a large burst does no harm, two segments at least, and half
 * the window at most, so that two are on their way. The last segment of each asks to be passed on
 * at once (PSH): a receiver that joins segments then does not wait for more. A single segment
 * pushes only where the queue ends.
 *
 * A super-packet may have to leave in pieces, where the send queue's chunks end: a->super_end says
 * how far it goes. */
#include "tcp/send/tcp_send.h"

#include "base/bits.h"
#include "tcp/congestion/tcp_congestion.h"

enum { RATE_SHIFT = 10, RTT_LOG = 9, SUPER_LIMIT = 65536 };

uint32_t tcp_super_bytes(const struct tarn *st, const struct tcp_sock *tc,
                         const struct tcp_active *a)
{
    uint32_t mss = tc->snd_mss, shift = tc->min_rtt_us >> RTT_LOG;
    uint64_t bytes = tcp_pace_rate(st, tc, a) >> RATE_SHIFT, half = a->cc.ctl.cwnd / mss / 2;
    uint64_t segs;

    if (shift < 32)
        bytes += SUPER_LIMIT >> shift;
    segs = max_u64(min_u64(bytes, SUPER_LIMIT) / mss, (uint64_t)st->param[PARAM_TCP_MIN_TSO_SEGS]);
    return (uint32_t)min_u64(segs, max_u64(half, 1)) * mss;
}

uint32_t tcp_super_begin(const struct tcp_sock *tc, struct tcp_active *a, uint32_t bytes,
                         uint32_t mss)
{
    uint32_t left = a->super_end.v - tc->snd_nxt.v;

    if (a->super_goes_on && seq_gt(a->super_end, tc->snd_nxt))
        return min_u32(bytes, left);
    a->super_end = seq_add(tc->snd_nxt, bytes);
    a->super_pushes = bytes > mss;
    return bytes;
}

bool tcp_super_sent(struct tcp_active *a, tcp_seq end)
{
    a->super_goes_on = seq_lt(end, a->super_end);
    return !a->super_goes_on && a->super_pushes;
}
