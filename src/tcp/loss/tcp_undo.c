/* tcp/loss/tcp_undo.c - an episode that proves needless is undone: the window is what it was.
 *
 * It was needless when every retransmission was told of as a duplicate (RFC 3708), or when an ACK
 * that ends it echoes a timestamp from before the first retransmission (Eifel, RFC 3522), or when
 * nothing was sent again at all; F-RTO (tcp_frto.c) has proofs of its own. The response is Linux's:
 * congestion control, window and ssthresh are set back to what they were when the episode began,
 * and never down (RFC 4015 3 would let a window grow back from what is in flight instead). What was
 * sent less in the meantime is not made up for: a reduction for a congestion mark stays.
 *
 * A duplicate may be told of after the episode's end; that is believed for a round trip. */
#include "tcp/loss/tcp_loss.h"

#include "base/bits.h"
#include "tcp/congestion/tcp_congestion.h"

void tcp_undo_begin(const struct tcp_sock *tc, struct tcp_active *a, bool allowed)
{
    struct tcp_undo *u = &a->undo;

    u->marker = tc->snd_una;
    u->armed = true;
    u->allowed = allowed;
    u->has_until = false;
    u->resent = (a->retrans_bytes + tc->snd_mss - 1) / tc->snd_mss;
    if (u->resent == 0 && a->tlp.out && a->tlp.resent)
        u->resent = 1; /* a probe that was SACKed: its duplicate may still be told of */
    u->any = u->resent > 0;
    if (!u->any)
        u->has_stamp = false;
    if (!allowed)
        return;
    u->ctl = a->cc.ctl;
    memcpy(u->state, a->cc.state, sizeof u->state);
}

void tcp_undo_resent(struct tcp_active *a, uint32_t segs, tarn_ns now)
{
    struct tcp_undo *u = &a->undo;

    u->resent += segs;
    u->any = true;
    if (u->has_stamp)
        return;
    u->has_stamp = true;
    u->stamp_ms = tcp_ms(now);
}

/* RFC 3708 3.2: a duplicate of the episode is told of. */
static void count_duplicate(const struct tcp_sock *tc, struct tcp_active *a,
                            const struct tcp_sack_block *b)
{
    uint32_t segs = (b->end.v - b->start.v + tc->snd_mss - 1) / tc->snd_mss;

    if (a->undo.armed && seq_gt(b->end, a->undo.marker) && seq_leq(b->end, tc->snd_nxt))
        a->undo.resent -= min_u32(segs, a->undo.resent);
}

void tcp_undo_dsack(struct tcp_sock *tc, struct tcp_active *a, const struct tcp_sack_block *b,
                    struct tcp_sample *s)
{
    if (++tc->dsack_segs > tc->retrans_segs)
        return; /* not by what we sent: the network made it, or the peer makes it up */
    count_duplicate(tc, a, b);
    s->tlp_duplicate = a->tlp.out && seq_eq(b->end, a->tlp.end);
    if (a->reord_seen > 0 && !s->tlp_duplicate)
        a->rack.dsack = true;
}

bool tcp_undo_by_dsack(const struct tarn *st, const struct tcp_active *a)
{
    return a->undo.armed && a->undo.any && a->undo.resent == 0 &&
           st->param[PARAM_TCP_DSACK_UNDO] != 0;
}

bool tcp_undo_by_echo(const struct tarn *st, const struct tcp_active *a, const struct tcp_sample *s)
{
    const struct tcp_undo *u = &a->undo;

    if (!u->armed || st->param[PARAM_TCP_EIFEL] == 0)
        return false;
    return !u->any || (u->has_stamp && s->has_tsecr && (int32_t)(s->tsecr_ms - u->stamp_ms) < 0);
}

void tcp_undo(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a, tarn_ns now)
{
    struct tarn_cc_ctl had = a->cc.ctl;

    a->undo.armed = false;
    a->rack.advanced = true; /* look again */
    stat_add(st, TARN_STAT_TCP_UNDOS, 1);
    if (!a->undo.allowed)
        return;
    a->has_reduced = false;
    a->cc.ctl = a->undo.ctl;
    memcpy(a->cc.state, a->undo.state, sizeof a->undo.state);
    a->cc.ctl.cwnd = max_u64(had.cwnd, a->cc.ctl.cwnd);
    a->cc.ctl.ssthresh = max_u64(had.ssthresh, a->cc.ctl.ssthresh);
    tcp_ecn_undone(tc);
    tcp_cc_plain(st, tc, TARN_CC_SPURIOUS, now);
}
