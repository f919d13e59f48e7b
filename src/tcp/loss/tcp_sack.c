/* tcp/loss/tcp_sack.c - what SACK blocks tell (RFC 2018), and loss by what they show (RFC 6675).
 *
 * A block marks records and splits those it covers in part: at a multiple of the segment size from
 * the record's start, as segments were cut there by whoever cut them. So a peer that reports absurd
 * blocks cannot make more records than there are segments in flight (CVE-2019-11478).
 *
 * A walk begins at the nearest of three places: the first record, the last one, and the cursor,
 * where the last walk ended, because ACKs report neighbours. A walk is bounded all the same: a peer
 * that names places far apart in each ACK does not cost a walk over all that is in flight. What is
 * not reached is as if it had not been reported; it is repeated, and the cursor stands nearer. */
#include "tcp/loss/tcp_loss.h"

#include "tcp/congestion/tcp_congestion.h"

enum { STEPS = 1024 }; /* records passed for one block, at most */

static uint32_t rec_len(const struct tcp_rec *r)
{
    return r->end.v - r->start.v;
}

static struct tcp_rec *next_of(const struct tarn *st, const struct tcp_active *a,
                               const struct tcp_rec *r)
{
    return list_next(st, &a->recs, r);
}

/* Everything that a delivered record tells, but for its marks. */
void tcp_rec_delivered(struct tcp_active *a, struct tcp_sample *s, const struct tcp_rec *r,
                       uint32_t bytes, tarn_ns now)
{
    tcp_rate_delivered(a, s, r, bytes, now);
    tcp_rack_delivered(a, s, r, seq_add(r->start, bytes), now);
    if ((r->flags & TCP_REC_EVER) != 0)
        return;
    s->original |= seq_leq(r->end, a->recover);
    if (a->has_sacked && seq_lt(r->start, a->high_sacked) &&
        (!s->reordered || seq_lt(r->start, s->low))) {
        s->low = r->start;
        s->high = a->high_sacked;
        s->reordered = true;
    }
}

static uint32_t distance(const struct tcp_rec *r, tcp_seq at)
{
    return seq_gt(r->start, at) ? r->start.v - at.v : at.v - r->start.v;
}

static struct tcp_rec *nearer(struct tcp_rec *r, struct tcp_rec *other, tcp_seq at)
{
    return distance(r, at) <= distance(other, at) ? r : other;
}

/* The record that holds `at`, or NULL. */
static struct tcp_rec *seek(const struct tarn *st, struct tcp_active *a, tcp_seq at)
{
    struct tcp_rec *r = list_first(st, &a->recs);
    unsigned steps = STEPS;

    if (r == NULL)
        return NULL;
    r = nearer(r, list_last(st, &a->recs), at);
    if (a->cursor != 0)
        r = nearer(r, ref_at(st, a->cursor), at);
    while (r != NULL && seq_gt(r->start, at) && steps-- > 0)
        r = list_prev(st, &a->recs, r);
    while (r != NULL && seq_leq(r->end, at) && steps-- > 0)
        r = next_of(st, a, r);
    if (r == NULL)
        return NULL;
    a->cursor = ref_of(st, r);
    return seq_leq(r->start, at) && seq_gt(r->end, at) ? r : NULL;
}

/* The part of `r` that a block covers, in whole segments, as a record of its own; NULL: nothing. */
static struct tcp_rec *cut_to_block(struct tarn *st, struct tcp_active *a, struct tcp_rec *r,
                                    const struct tcp_sack_block *b, uint32_t mss)
{
    if (seq_lt(r->start, b->start)) {
        uint32_t left = (b->start.v - r->start.v + mss - 1) / mss * mss;

        if (left >= rec_len(r))
            return NULL;
        r = tcp_rec_split(st, a, r, left);
    }
    if (r != NULL && seq_gt(r->end, b->end)) {
        uint32_t whole = seq_gt(b->end, r->start) ? (b->end.v - r->start.v) / mss * mss : 0;

        if (whole == 0 || tcp_rec_split(st, a, r, whole) == NULL)
            return NULL;
    }
    return r;
}

static void apply_block(struct tarn *st, struct tcp_sock *tc, const struct tcp_sack_block *b,
                        struct tcp_sample *s, tarn_ns now)
{
    struct tcp_active *a = tcp_active(st, tc);
    struct tcp_rec *r = seek(st, a, b->start), *part;

    for (unsigned steps = STEPS; r != NULL && seq_lt(r->start, b->end) && steps > 0; steps--) {
        if ((r->flags & TCP_REC_SACKED) == 0 &&
            (part = cut_to_block(st, a, r, b, r->mss != 0 ? r->mss : tc->snd_mss)) != NULL) {
            tcp_rec_delivered(a, s, part, rec_len(part), now);
            s->sacked = true;
            r = tcp_rec_sacked(st, a, part);
        }
        a->cursor = ref_of(st, r);
        r = next_of(st, a, r);
    }
}

/* RFC 2883 4: the first block tells of a duplicate when it is below the cumulative ACK, or inside
 * the second block. */
static bool is_dsack(const struct tcp_seg *g)
{
    const struct tcp_sack_block *b = g->h.opts.sack;

    if (g->h.opts.n_sack == 0 || !seq_lt(b[0].start, b[0].end))
        return false;
    if (seq_leq(b[0].end, g->h.ack))
        return true;
    return g->h.opts.n_sack > 1 && seq_geq(b[0].start, b[1].start) && seq_leq(b[0].end, b[1].end);
}

void tcp_sack_apply(struct tarn *st, struct tcp_sock *tc, const struct tcp_seg *g,
                    struct tcp_sample *s)
{
    s->dsack = is_dsack(g);
    if (s->dsack)
        tcp_undo_dsack(tc, tcp_active(st, tc), &g->h.opts.sack[0], s);
    for (unsigned i = s->dsack ? 1 : 0; i < g->h.opts.n_sack; i++) {
        struct tcp_sack_block b = g->h.opts.sack[i];

        b.start = seq_max(b.start, tc->snd_una);
        if (seq_lt(b.start, b.end) && seq_leq(b.end, tc->snd_nxt))
            apply_block(st, tc, &b, s, g->now);
    }
}

/* RFC 6675 ----------------------------------------------------------------------------------- */

/* The sequence number below which IsLost() holds for all that is not SACKed. */
static tcp_seq lost_below(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a)
{
    uint32_t bytes = 0, islands = 0, thresh = a->reordering;
    unsigned steps = STEPS;
    bool inside = false;
    struct tcp_rec *r = seek(st, a, seq_sub(a->high_sacked, 1));

    for (; r != NULL && seq_geq(r->start, a->loss_edge) && steps-- > 0;
         r = list_prev(st, &a->recs, r)) {
        bool sacked = (r->flags & TCP_REC_SACKED) != 0;

        islands += sacked && !inside;
        inside = sacked;
        bytes += sacked ? rec_len(r) : 0;
        if (islands >= thresh || bytes > (thresh - 1) * tc->snd_mss)
            return r->start;
    }
    return a->loss_edge;
}

void tcp_sack_mark_lost(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    struct tcp_rec *r;
    tcp_seq to;

    a->loss_edge = seq_max(a->loss_edge, tc->snd_una);
    if (!a->has_sacked)
        return;
    to = lost_below(st, tc, a);
    r = seek(st, a, a->loss_edge);
    if (r == NULL)
        return; /* too far: what was not looked at is not behind the edge */
    for (; r != NULL && seq_lt(r->start, to); r = next_of(st, a, r))
        if ((r->flags & TCP_REC_LOST) == 0)
            tcp_rec_lost(st, a, r);
    a->loss_edge = seq_max(a->loss_edge, to);
}
