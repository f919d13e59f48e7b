/* tcp/loss/tcp_reorder.c - how far segments overtake each other on this path, as Linux estimates
 * it.
 *
 * A segment that was sent once and is delivered after ones behind it was overtaken. By how many is
 * the reordering degree: DupThresh grows to it (tcp.reordering-max at most), and that reordering
 * was seen at all makes RACK patient (RFC 8985 6.2 step 4). It outlives the active record. */
#include "tcp/loss/tcp_loss.h"

#include "base/bits.h"
#include "tcp/tcp_machine.h"

static void learn(const struct tarn *st, struct tcp_active *a, uint32_t segs)
{
    uint32_t most = (uint32_t)st->param[PARAM_TCP_REORDERING_MAX];

    a->reordering = (uint16_t)max_u32(a->reordering, min_u32(segs, most));
    if (a->reord_seen < UINT16_MAX)
        a->reord_seen++;
}

void tcp_reorder_init(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a)
{
    const struct tcp_extra *x = tcp_extra(st, tc);

    a->reordering = (uint16_t)st->param[PARAM_TCP_DUPTHRESH];
    if (x == NULL || x->reordering == 0)
        return;
    a->reordering = x->reordering;
    a->reord_seen = x->reord_seen;
}

void tcp_reorder_keep(struct tarn *st, struct tcp_sock *tc, const struct tcp_active *a)
{
    struct tcp_extra *x = a->reord_seen > 0 ? tcp_extra_get(st, tc) : NULL;

    if (x == NULL)
        return;
    x->reordering = a->reordering;
    x->reord_seen = a->reord_seen;
}

void tcp_reorder_sample(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                        const struct tcp_sample *s)
{
    bool surely_lost = a->ca_state == TCP_CA_LOSS && !a->undo.armed;

    if (s->reordered && !surely_lost)
        learn(st, a, (s->high.v - s->low.v + tc->snd_mss - 1) / tc->snd_mss);
}

void tcp_reorder_late(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a,
                      const struct tcp_sample *s)
{
    tcp_seq high = a->has_sacked ? a->high_sacked : tc->snd_una;

    learn(st, a, (high.v - s->prior_una.v + tc->snd_mss - 1) / tc->snd_mss);
}
