/* tcp/tcp_sack.c - the scoreboard: one record per transmission, marked by what ACKs tell.
 *
 * Records are in order of sequence and without gaps from SND.UNA to SND.NXT; a transmission of up
 * to 64 KiB is one record. Cumulative ACKs take records off the front, SACK blocks (RFC 2018) mark
 * them and split those they cover in part. A split is at a multiple of the segment size from the
 * record's start, as segments were cut there by whoever cut them: so a peer that reports absurd
 * blocks cannot make more records than there are segments in flight (CVE-2019-11478).
 *
 * Bytes in flight by RFC 6675's pipe = SND.NXT - SND.UNA - sacked - lost + retransmitted. The sums
 * are kept by the functions of this file alone, whenever a mark changes. Walks begin at a cursor,
 * where the last one ended, because ACKs report neighbours. */
#include "tcp/tcp_parts.h"

#include "base/bits.h"

static uint32_t rec_len(const struct tcp_rec *r)
{
    return r->end.v - r->start.v;
}

static struct tcp_rec *next_of(const struct tarn *st, const struct tcp_active *a,
                               const struct tcp_rec *r)
{
    return list_next(st, &a->recs, r);
}

uint32_t tcp_inflight(const struct tcp_sock *tc, const struct tcp_active *a)
{
    uint32_t out = tcp_flight(tc) + a->retrans_bytes;
    uint32_t in = a->sacked_bytes + a->lost_bytes;

    if (!tc->sack_ok)
        in += a->dup_acks * tc->snd_mss; /* each has told of a segment that left the network */
    return out > in ? out - in : 0;
}

struct tcp_rec *tcp_rec_add(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                            uint32_t bytes, unsigned flags)
{
    struct tcp_rec *r = pool_get(st, &st->arena, &tcp_layer(st)->recs);

    if (r == NULL) {
        st->memory_event = true;
        return NULL;
    }
    *r = (struct tcp_rec){.start = tc->snd_nxt, .end = seq_add(tc->snd_nxt, bytes)};
    r->flags = flags & 0xff;
    list_push_back(st, &a->recs, r);
    return r;
}

/* The lowest record that is lost and was not sent again: from `r` on. */
static void lost_from(const struct tarn *st, struct tcp_active *a, const struct tcp_rec *r)
{
    while (r != NULL && (r->flags & (TCP_REC_LOST | TCP_REC_RETRANS)) != TCP_REC_LOST)
        r = next_of(st, a, r);
    a->next_lost = ref_of(st, r);
}

/* Take the marks of `bytes` of the record out of the sums. */
static void forget(struct tcp_active *a, const struct tcp_rec *r, uint32_t bytes)
{
    if ((r->flags & TCP_REC_SACKED) != 0)
        a->sacked_bytes -= bytes;
    if ((r->flags & TCP_REC_LOST) != 0)
        a->lost_bytes -= bytes;
    if ((r->flags & TCP_REC_RETRANS) != 0)
        a->retrans_bytes -= bytes;
}

static void rec_free(struct tarn *st, struct tcp_active *a, struct tcp_rec *r)
{
    uint32_t ref = ref_of(st, r);

    if (a->cursor == ref)
        a->cursor = 0;
    if (a->next_lost == ref)
        lost_from(st, a, next_of(st, a, r));
    list_remove(st, &a->recs, r);
    pool_put(st, &tcp_layer(st)->recs, r);
}

void tcp_recs_purge(struct tarn *st, struct tcp_active *a)
{
    struct tcp_rec *r;

    a->cursor = a->next_lost = 0;
    while ((r = list_pop_front(st, &a->recs)) != NULL)
        pool_put(st, &tcp_layer(st)->recs, r);
    a->sacked_bytes = a->lost_bytes = a->retrans_bytes = 0;
}

struct tcp_rec *tcp_rec_split(struct tarn *st, struct tcp_active *a, struct tcp_rec *r,
                              uint32_t bytes)
{
    struct tcp_rec *right = pool_get(st, &st->arena, &tcp_layer(st)->recs);

    tarn_assert(bytes > 0 && bytes < rec_len(r));
    if (right == NULL)
        return NULL;
    *right = *r;
    right->link = (struct list_node){0, 0};
    right->start = r->end = seq_add(r->start, bytes);
    r->flags &= ~(unsigned)TCP_REC_FIN & 0xff;
    list_insert_after(st, &a->recs, r, right);
    return right;
}

void tcp_rec_lost(const struct tarn *st, struct tcp_active *a, struct tcp_rec *r)
{
    const struct tcp_rec *first = ref_ptr(st, a->next_lost);

    if ((r->flags & TCP_REC_SACKED) != 0)
        return;
    if ((r->flags & TCP_REC_RETRANS) != 0)
        a->retrans_bytes -= rec_len(r);
    if ((r->flags & TCP_REC_LOST) == 0)
        a->lost_bytes += rec_len(r);
    a->lost += rec_len(r);
    r->flags = (r->flags & ~(unsigned)TCP_REC_RETRANS & 0xff) | TCP_REC_LOST;
    if (first == NULL || seq_lt(r->start, first->start))
        a->next_lost = ref_of(st, r);
}

void tcp_rec_retransmitted(const struct tarn *st, struct tcp_active *a, struct tcp_rec *r)
{
    r->flags |= TCP_REC_RETRANS | TCP_REC_EVER;
    r->retries = r->retries < UINT8_MAX ? (r->retries + 1) & UINT8_MAX : UINT8_MAX;
    a->retrans_bytes += rec_len(r);
    lost_from(st, a, r);
}

static void rec_sacked(const struct tarn *st, struct tcp_active *a, struct tcp_sample *s,
                       struct tcp_rec *r, tarn_ns now)
{
    tcp_rate_delivered(a, s, r, rec_len(r), now);
    forget(a, r, rec_len(r));
    r->flags = (r->flags & ~(unsigned)(TCP_REC_LOST | TCP_REC_RETRANS) & 0xff) | TCP_REC_SACKED;
    a->sacked_bytes += rec_len(r);
    if (!a->has_sacked || seq_gt(r->end, a->high_sacked)) {
        a->high_sacked = r->end;
        a->has_sacked = true;
    }
    if (a->next_lost == ref_of(st, r))
        lost_from(st, a, r);
}

void tcp_recs_acked(struct tarn *st, struct tcp_active *a, tcp_seq ack, struct tcp_sample *s,
                    tarn_ns now)
{
    struct tcp_rec *r;

    while ((r = list_first(st, &a->recs)) != NULL && seq_lt(r->start, ack)) {
        uint32_t bytes = seq_min(ack, r->end).v - r->start.v;

        if ((r->flags & TCP_REC_SACKED) == 0)
            tcp_rate_delivered(a, s, r, bytes, now);
        forget(a, r, bytes);
        r->start = seq_add(r->start, bytes);
        if (rec_len(r) == 0)
            rec_free(st, a, r);
    }
    if (a->has_sacked && seq_leq(a->high_sacked, ack))
        a->has_sacked = false;
}

/* The record that holds `at`, or NULL. */
static struct tcp_rec *seek(const struct tarn *st, struct tcp_active *a, tcp_seq at)
{
    struct tcp_rec *r = a->cursor != 0 ? ref_at(st, a->cursor) : list_first(st, &a->recs);

    while (r != NULL && seq_gt(r->start, at))
        r = list_prev(st, &a->recs, r);
    while (r != NULL && seq_leq(r->end, at))
        r = next_of(st, a, r);
    if (r != NULL)
        a->cursor = ref_of(st, r);
    return r;
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

    for (; r != NULL && seq_lt(r->start, b->end); r = next_of(st, a, r)) {
        if ((r->flags & TCP_REC_SACKED) != 0)
            continue;
        part = cut_to_block(st, a, r, b, tc->snd_mss);
        if (part == NULL)
            continue;
        r = part;
        rec_sacked(st, a, s, r, now);
        a->cursor = ref_of(st, r);
    }
}

bool tcp_sack_is_dsack(const struct tcp_seg *g)
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
    s->dsack = tcp_sack_is_dsack(g);
    for (unsigned i = s->dsack ? 1 : 0; i < g->h.opts.n_sack; i++) {
        struct tcp_sack_block b = g->h.opts.sack[i];

        b.start = seq_max(b.start, tc->snd_una);
        if (seq_lt(b.start, b.end) && seq_leq(b.end, tc->snd_nxt))
            apply_block(st, tc, &b, s, g->now);
    }
}

/* The sequence number below which RFC 6675's IsLost() holds for all that is not SACKed. */
static tcp_seq lost_below(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a)
{
    uint32_t thresh = (uint32_t)st->param[PARAM_TCP_DUPTHRESH];
    uint32_t bytes = 0, islands = 0;
    bool inside = false;
    struct tcp_rec *r = seek(st, a, seq_sub(a->high_sacked, 1));

    for (; r != NULL && seq_geq(r->start, a->loss_edge); r = list_prev(st, &a->recs, r)) {
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
    tcp_seq from, to;

    a->loss_edge = seq_max(a->loss_edge, tc->snd_una);
    if (!a->has_sacked)
        return;
    from = a->loss_edge;
    to = lost_below(st, tc, a);
    for (struct tcp_rec *r = seek(st, a, from); r != NULL && seq_lt(r->start, to);
         r = next_of(st, a, r))
        if ((r->flags & (TCP_REC_SACKED | TCP_REC_LOST)) == 0)
            tcp_rec_lost(st, a, r);
    a->loss_edge = seq_max(a->loss_edge, to);
}

void tcp_sack_mark_too_long(const struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a)
{
    list_each (st, &a->recs, struct tcp_rec, r)
        if (rec_len(r) > tc->snd_mss &&
            (r->flags & (TCP_REC_LOST | TCP_REC_RETRANS)) != TCP_REC_LOST)
            tcp_rec_lost(st, a, r);
}

void tcp_sack_mark_all_lost(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    struct tcp_rec *first = list_first(st, &a->recs);
    bool reneged = first != NULL && (first->flags & TCP_REC_SACKED) != 0;

    list_each (st, &a->recs, struct tcp_rec, r) {
        if (reneged && (r->flags & TCP_REC_SACKED) != 0) {
            forget(a, r, rec_len(r)); /* RFC 2018 8: the peer may have discarded it */
            r->flags &= ~(unsigned)TCP_REC_SACKED & 0xff;
        }
        tcp_rec_lost(st, a, r);
    }
    if (reneged)
        a->has_sacked = false;
    a->loss_edge = tc->snd_nxt;
}
