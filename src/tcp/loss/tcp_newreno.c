/* tcp/loss/tcp_newreno.c - loss without SACK: duplicate ACKs (RFC 5681 3.2) and partial ones (RFC
 * 6582).
 *
 * Each duplicate tells of a segment that has left the network, though not of which; so they are
 * counted, as Linux does, where with SACK bytes would be. DupThresh of them show that the first
 * segment is lost, and in recovery each partial ACK that the next one is. */
#include "tcp/loss/tcp_loss.h"

#include "base/bits.h"

/* The first segment that is not acknowledged. */
static void head_lost(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a)
{
    struct tcp_rec *r = list_first(st, &a->recs);

    if (r == NULL || (r->flags & TCP_REC_LOST) != 0)
        return;
    if (r->end.v - r->start.v > tc->snd_mss)
        tcp_rec_split(st, a, r, tc->snd_mss);
    tcp_rec_lost(st, a, r);
}

/* RFC 6582 3.2 step 1: duplicates of what was sent before the last episode do not begin one. */
static bool is_new_episode(const struct tcp_sock *tc, const struct tcp_active *a)
{
    return !a->has_recover || seq_gt(tc->snd_una, a->recover);
}

/* As many duplicates as there can be segments behind the holes; small segments, of which more are
 * in flight than their bytes tell, can reach DupThresh all the same. What a peer makes up beyond
 * that would let out more than the window. */
static uint32_t most_dups(const struct tcp_sock *tc, const struct tcp_active *a)
{
    uint32_t segs = (tcp_flight(tc) + tc->snd_mss - 1) / tc->snd_mss;
    uint32_t holes = max_u32((a->lost_bytes + tc->snd_mss - 1) / tc->snd_mss, 1);

    return max_u32(segs > holes ? segs - holes : 0, a->reordering);
}

uint32_t tcp_newreno_dup(const struct tcp_sock *tc, struct tcp_active *a)
{
    if (a->ca_state == TCP_CA_LOSS && !seq_gt(tc->snd_nxt, a->recover))
        return 0; /* of what was sent before the timeout */
    if (a->dup_acks >= most_dups(tc, a))
        return 0;
    a->dup_acks++;
    return tc->snd_mss;
}

/* What was told of by duplicates and is acknowledged now was counted already. One segment is the
 * hole that was filled. */
void tcp_newreno_advanced(const struct tcp_sock *tc, struct tcp_active *a, struct tcp_sample *s)
{
    uint32_t filled = s->acked_segs > 0 ? s->acked_segs - 1 : 0;
    uint32_t told = min_u32(a->dup_acks, filled);

    s->acked -= min_u32(told * tc->snd_mss, s->acked);
    s->acked_segs -= told;
    a->dup_acks = a->ca_state == TCP_CA_RECOVERY ? a->dup_acks - told : 0;
}

void tcp_newreno_detect(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                        const struct tcp_sample *s)
{
    if (a->ca_state < TCP_CA_RECOVERY && a->dup_acks >= a->reordering && is_new_episode(tc, a)) {
        head_lost(st, tc, a);
    } else if (a->ca_state == TCP_CA_RECOVERY && s->advanced) {
        head_lost(st, tc, a); /* a partial ACK: the next hole begins here */
        a->rexmit_now = true;
    }
}
