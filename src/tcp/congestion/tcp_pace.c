/* tcp/congestion/tcp_pace.c - pacing: new data leaves at a rate instead of in bursts.
 *
 * The rate is the congestion control's, if it names one, else Linux's: the window and what it will
 * grow by in a round trip, tcp.pacing-ss-ratio percent of it per SRTT while slow start has more
 * than a doubling before it, tcp.pacing-ca-ratio after that; SO_MAX_PACING_RATE bounds either. It
 * is known (TCP_INFO) and shapes super-packets (tcp_super.c) also where nothing is paced.
 *
 * Data waits for its time only with tcp.pacing, with SO_MAX_PACING_RATE, or when the congestion
 * control asks for it: Linux leaves it to a queue discipline else. Times are exact nanoseconds:
 * pace_at moves on by bytes / rate for each packet, from now if it lay in the past, so nothing
 * unused is saved up. A connection's first ten segments leave at once, as with Linux. ACKs and
 * retransmissions do not wait. */
#include "tcp/congestion/tcp_congestion.h"

#include "base/bits.h"
#include "base/fixed.h"
#include "tcp/tcp_machine.h"

enum { FREE_SEGS = 10 };

uint64_t tcp_pace_rate(const struct tarn *st, const struct tcp_sock *tc, const struct tcp_active *a)
{
    uint64_t cwnd = max_u64(a->cc.ctl.cwnd, tcp_flight(tc)), rate = UINT64_MAX, percent;

    if (a->cc.ctl.pacing != 0) {
        rate = a->cc.ctl.pacing;
    } else if (tc->srtt_us8 != 0) {
        percent =
            (uint64_t)
                st->param[a->cc.ctl.cwnd < a->cc.ctl.ssthresh / 2 ? PARAM_TCP_PACING_SS_RATIO
                                                                  : PARAM_TCP_PACING_CA_RATIO];
        rate = cwnd * percent / 100 * 8000000 / tc->srtt_us8;
    }
    return min_u64(rate, tcp_pace_limit(st, tc));
}

uint64_t tcp_pace_limit(const struct tarn *st, const struct tcp_sock *tc)
{
    return tc->paced ? tcp_extra(st, tc)->max_pacing_rate : UINT64_MAX;
}

int tcp_pace_set_limit(struct tarn *st, struct tcp_sock *tc, uint64_t rate)
{
    struct tcp_extra *x;

    if (!tc->paced && rate == UINT64_MAX)
        return 0;
    x = tcp_extra_get(st, tc);
    if (x == NULL)
        return -TARN_ENOBUFS;
    x->max_pacing_rate = rate;
    tc->paced = 1;
    return 0;
}

void tcp_pace_sent(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                   uint32_t bytes, tarn_ns now)
{
    uint64_t rate;

    if (!tc->paced && st->param[PARAM_TCP_PACING] == 0 && a->cc.ctl.pacing == 0)
        return;
    rate = tcp_pace_rate(st, tc, a);
    if (tc->data_segs_out <= FREE_SEGS || rate == UINT64_MAX)
        return;
    a->pace_at = max_u64(a->pace_at, now) + mul_div(bytes, TCP_SECOND_NS, max_u64(rate, 1));
}
