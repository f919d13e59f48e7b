/* tcp/loss/tcp_prr.c - proportional rate reduction (RFC 9937): how the window comes down to
 * ssthresh.
 *
 * While an episode lasts (Recovery, or CWR for a congestion mark) every ACK says how much may be
 * sent in answer: a share ssthresh / RecoverFS of what it delivers, so that the sending goes on
 * evenly through the round trip and ends at ssthresh; when losses have taken the flight below
 * ssthresh already, as much as is delivered, and a segment more while recovery makes progress
 * (6.2). The window is what is in flight plus that, and at the episode's end it is ssthresh.
 *
 * Whole segments are sent, so the share is rounded up to whole segments, as Linux does, who counts
 * in them. Off (tcp.prr): the window is ssthresh at once (RFC 6675 5). */
#include "tcp/loss/tcp_loss.h"

#include "base/bits.h"
#include "base/fixed.h"

static bool is_off(const struct tarn *st)
{
    return st->param[PARAM_TCP_PRR] == 0;
}

static void set_cwnd(struct tcp_active *a, uint64_t cwnd)
{
    a->cc.ctl.cwnd = max_u64(cwnd, a->cc.mss);
}

void tcp_prr_begin(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                   uint32_t fresh)
{
    uint32_t gone = a->sacked_bytes + a->dup_acks * tc->snd_mss;

    a->prr = (struct tcp_prr){.recover_fs = max_u32(tcp_flight(tc) + fresh - gone, tc->snd_mss)};
    if (is_off(st))
        set_cwnd(a, max_u64(a->cc.ctl.ssthresh, a->cc.min_cwnd));
}

static uint64_t whole_segments(const struct tcp_sock *tc, uint64_t bytes)
{
    return (bytes + tc->snd_mss - 1) / tc->snd_mss * tc->snd_mss;
}

/* RFC 9937 6.2, sndcnt: bytes to send in answer to this ACK. */
static uint64_t to_send(const struct tcp_sock *tc, const struct tcp_active *a, uint32_t inflight,
                        uint32_t delivered, bool safe_ack)
{
    uint64_t ssthresh = a->cc.ctl.ssthresh, count;

    if (inflight > ssthresh) {
        count = whole_segments(tc, mul_div(a->prr.delivered, ssthresh, a->prr.recover_fs));
        return sub_sat(count, a->prr.out);
    }
    count = max_u64(sub_sat(a->prr.delivered, a->prr.out), delivered);
    return min_u64(count + (safe_ack ? tc->snd_mss : 0), ssthresh - inflight);
}

void tcp_prr_ack(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                 const struct tcp_sample *s)
{
    uint32_t delivered = s->acked + s->told, inflight = tcp_inflight(tc, a);
    uint64_t count;

    if (is_off(st) || delivered == 0 || a->cc.ctl.ssthresh == UINT64_MAX)
        return;
    a->prr.delivered += delivered;
    count = to_send(tc, a, inflight, delivered, s->advanced && s->newly_lost == 0);
    if (a->prr.out == 0)
        count = max_u64(count, tc->snd_mss); /* the fast retransmit */
    set_cwnd(a, inflight + count);
}

void tcp_prr_end(struct tcp_active *a)
{
    if (a->cc.ctl.ssthresh != UINT64_MAX)
        set_cwnd(a, a->cc.ctl.ssthresh);
}
