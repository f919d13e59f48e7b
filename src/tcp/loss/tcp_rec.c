/* tcp/loss/tcp_rec.c - the scoreboard's records: one per transmission, with marks and their sums.
 *
 * Records are in order of sequence and without gaps from SND.UNA to SND.NXT; a transmission of up
 * to 64 KiB is one record, split where ACKs or losses cover it in part. Each is in one of three
 * conditions, and the first two have a list of their own that shares the node `order`:
 *
 *     in flight     flying, by time of transmission: what RACK looks at (RFC 8985 6.2)
 *     lost          waiting, by sequence: what is to be sent again (RFC 6675 4, NextSeg)
 *     SACKed        none; neighbours become one record, so that there are never more of these
 *                   than holes, and a block that is told of again costs a step
 *
 * Bytes in flight by RFC 6675's pipe = SND.NXT - SND.UNA - sacked - lost + retransmitted. The sums
 * are kept by the functions of this file alone, whenever a mark changes. */
#include "tcp/loss/tcp_loss.h"

#include "tcp/congestion/tcp_congestion.h"

enum { NEIGHBOURS = 32 }; /* looked at on either side */
enum { WAITS = TCP_REC_LOST, WAITS_MASK = TCP_REC_LOST | TCP_REC_RETRANS };

static uint32_t rec_len(const struct tcp_rec *r)
{
    return r->end.v - r->start.v;
}

static bool is_waiting(const struct tcp_rec *r)
{
    return (r->flags & WAITS_MASK) == WAITS;
}

uint32_t tcp_inflight(const struct tcp_sock *tc, const struct tcp_active *a)
{
    uint32_t out = tcp_flight(tc) + a->retrans_bytes;
    uint32_t in = a->sacked_bytes + a->lost_bytes;

    in += a->dup_acks * tc->snd_mss; /* without SACK each has told of a segment that has left */
    return out > in ? out - in : 0;
}

/* The two lists ------------------------------------------------------------------------------ */

/* Take it off whichever list it is on. */
static void order_leave(struct tarn *st, struct tcp_active *a, struct tcp_rec *r)
{
    if ((r->flags & TCP_REC_SACKED) != 0)
        return;
    if (a->wait_hint == ref_of(st, r))
        a->wait_hint = 0;
    list_remove(st, is_waiting(r) ? &a->waiting : &a->flying, r);
}

/* Into `waiting` beside a record of r's neighbourhood that waits; false: none does. */
static bool wait_beside(struct tarn *st, struct tcp_active *a, struct tcp_rec *r)
{
    struct tcp_rec *left = r, *right = r;

    for (unsigned i = 0; i < NEIGHBOURS && (left != NULL || right != NULL); i++) {
        left = left != NULL ? list_prev(st, &a->recs, left) : NULL;
        right = right != NULL ? list_next(st, &a->recs, right) : NULL;
        if (left != NULL && is_waiting(left)) {
            list_insert_after(st, &a->waiting, left, r);
            return true;
        }
        if (right != NULL && is_waiting(right)) {
            list_insert_before(st, &a->waiting, right, r);
            return true;
        }
    }
    return false;
}

/* Into `waiting`, by sequence: beside a neighbour; else from the last place on, which is near. A
 * walk from there alone would be long each time, where losses at two places take turns. */
static void wait_insert(struct tarn *st, struct tcp_active *a, struct tcp_rec *r)
{
    struct tcp_rec *at = a->wait_hint != 0 ? ref_at(st, a->wait_hint) : list_last(st, &a->waiting);
    struct tcp_rec *next;

    a->wait_hint = ref_of(st, r);
    if (at != NULL && wait_beside(st, a, r))
        return;
    while (at != NULL && seq_gt(at->start, r->start))
        at = list_prev(st, &a->waiting, at);
    while (at != NULL && (next = list_next(st, &a->waiting, at)) != NULL &&
           seq_lt(next->start, r->start))
        at = next;
    if (at != NULL)
        list_insert_after(st, &a->waiting, at, r);
    else
        list_push_front(st, &a->waiting, r);
}

/* Into `flying`, by time: behind `near`, or where it belongs from there. */
static void fly_insert(struct tarn *st, struct tcp_active *a, struct tcp_rec *near,
                       struct tcp_rec *r)
{
    struct tcp_rec *at = near, *next;

    while (at != NULL && at->sent > r->sent)
        at = list_prev(st, &a->flying, at);
    next = at != NULL ? list_next(st, &a->flying, at) : list_first(st, &a->flying);
    while (next != NULL && next->sent <= r->sent) {
        at = next;
        next = list_next(st, &a->flying, at);
    }
    if (at != NULL)
        list_insert_after(st, &a->flying, at, r);
    else
        list_push_front(st, &a->flying, r);
}

/* Begin, split, end -------------------------------------------------------------------------- */

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
    list_push_back(st, &a->flying, r);
    return r;
}

struct tcp_rec *tcp_rec_split(struct tarn *st, struct tcp_active *a, struct tcp_rec *r,
                              uint32_t bytes)
{
    struct tcp_rec *right = pool_get(st, &st->arena, &tcp_layer(st)->recs);

    tarn_assert(bytes > 0 && bytes < rec_len(r));
    if (right == NULL)
        return NULL;
    *right = *r;
    right->link = right->order = (struct list_node){0, 0};
    right->start = r->end = seq_add(r->start, bytes);
    r->flags &= ~(unsigned)TCP_REC_FIN & 0xff;
    list_insert_after(st, &a->recs, r, right);
    if ((r->flags & TCP_REC_SACKED) == 0)
        list_insert_after(st, is_waiting(r) ? &a->waiting : &a->flying, r, right);
    return right;
}

/* Of a SACKed record `bytes` are SACKed no more, and their share of its segments. */
static void forget_sacked(struct tcp_active *a, struct tcp_rec *r, uint32_t bytes)
{
    uint32_t segs = (uint32_t)((uint64_t)r->inflight * bytes / rec_len(r));

    a->sacked_bytes -= bytes;
    a->sacked_segs -= segs;
    r->inflight -= segs;
}

/* Take the marks of `bytes` of the record out of the sums. */
static void forget(struct tcp_active *a, struct tcp_rec *r, uint32_t bytes)
{
    if ((r->flags & TCP_REC_SACKED) != 0)
        forget_sacked(a, r, bytes);
    if ((r->flags & TCP_REC_LOST) != 0)
        a->lost_bytes -= bytes;
    if ((r->flags & TCP_REC_RETRANS) != 0)
        a->retrans_bytes -= bytes;
}

static void rec_free(struct tarn *st, struct tcp_active *a, struct tcp_rec *r)
{
    if (a->cursor == ref_of(st, r))
        a->cursor = 0;
    order_leave(st, a, r);
    list_remove(st, &a->recs, r);
    pool_put(st, &tcp_layer(st)->recs, r);
}

void tcp_recs_init(struct tcp_active *a)
{
    list_init(&a->recs, offsetof(struct tcp_rec, link));
    list_init(&a->flying, offsetof(struct tcp_rec, order));
    list_init(&a->waiting, offsetof(struct tcp_rec, order));
}

void tcp_recs_purge(struct tarn *st, struct tcp_active *a)
{
    struct tcp_rec *r;

    while ((r = list_pop_front(st, &a->recs)) != NULL)
        pool_put(st, &tcp_layer(st)->recs, r);
    a->cursor = a->wait_hint = 0;
    a->sacked_bytes = a->lost_bytes = a->retrans_bytes = a->sacked_segs = 0;
    tcp_recs_init(a);
}

/* Marks -------------------------------------------------------------------------------------- */

void tcp_rec_lost(struct tarn *st, struct tcp_active *a, struct tcp_rec *r)
{
    if ((r->flags & TCP_REC_SACKED) != 0 || is_waiting(r))
        return;
    order_leave(st, a, r);
    if ((r->flags & TCP_REC_RETRANS) != 0)
        a->retrans_bytes -= rec_len(r);
    if ((r->flags & TCP_REC_LOST) == 0)
        a->lost_bytes += rec_len(r);
    a->lost += rec_len(r);
    r->flags = (r->flags & ~(unsigned)TCP_REC_RETRANS & 0xff) | TCP_REC_LOST;
    wait_insert(st, a, r);
}

void tcp_rec_retransmitted(struct tarn *st, struct tcp_active *a, struct tcp_rec *r)
{
    order_leave(st, a, r);
    if ((r->flags & TCP_REC_RETRANS) == 0)
        a->retrans_bytes += rec_len(r);
    r->flags |= TCP_REC_RETRANS | TCP_REC_EVER;
    r->retries = r->retries < UINT8_MAX ? (r->retries + 1) & UINT8_MAX : UINT8_MAX;
    list_push_back(st, &a->flying, r);
}

/* It is one record with its right neighbour, if both are SACKed. */
static void join_next(struct tarn *st, struct tcp_active *a, struct tcp_rec *r)
{
    struct tcp_rec *next = list_next(st, &a->recs, r);

    if (next == NULL || (r->flags & next->flags & TCP_REC_SACKED) == 0)
        return;
    r->end = next->end;
    r->inflight += next->inflight;
    r->flags |= next->flags & (TCP_REC_FIN | TCP_REC_EVER);
    if (a->cursor == ref_of(st, next))
        a->cursor = ref_of(st, r);
    list_remove(st, &a->recs, next);
    pool_put(st, &tcp_layer(st)->recs, next);
}

struct tcp_rec *tcp_rec_sacked(struct tarn *st, struct tcp_active *a, struct tcp_rec *r)
{
    struct tcp_rec *left = list_prev(st, &a->recs, r);

    order_leave(st, a, r);
    forget(a, r, rec_len(r));
    r->flags = (r->flags & ~(unsigned)WAITS_MASK & 0xff) | TCP_REC_SACKED;
    a->sacked_bytes += rec_len(r);
    r->inflight = tcp_rate_segs(r, rec_len(r));
    a->sacked_segs += r->inflight;
    if (!a->has_sacked || seq_gt(r->end, a->high_sacked)) {
        a->high_sacked = r->end;
        a->has_sacked = true;
    }
    join_next(st, a, r);
    if (left == NULL || (left->flags & TCP_REC_SACKED) == 0)
        return r;
    join_next(st, a, left);
    return left;
}

void tcp_recs_acked(struct tarn *st, struct tcp_active *a, tcp_seq ack, struct tcp_sample *s,
                    tarn_ns now)
{
    struct tcp_rec *r;

    while ((r = list_first(st, &a->recs)) != NULL && seq_lt(r->start, ack)) {
        uint32_t bytes = seq_min(ack, r->end).v - r->start.v;

        if ((r->flags & TCP_REC_SACKED) == 0)
            tcp_rec_delivered(a, s, r, bytes, now);
        forget(a, r, bytes);
        r->start = seq_add(r->start, bytes);
        if (rec_len(r) == 0)
            rec_free(st, a, r);
    }
    if (a->has_sacked && seq_leq(a->high_sacked, ack))
        a->has_sacked = false;
}

/* Those that were sent as often went in the order of sequence, or nearly so: their places are near
 * each other. */
static void unmark_generation(struct tarn *st, struct tcp_active *a, unsigned retries)
{
    struct tcp_rec *near = NULL, *r = list_first(st, &a->waiting), *next;

    for (; r != NULL; r = next) {
        next = list_next(st, &a->waiting, r);
        if (r->retries != retries)
            continue;
        list_remove(st, &a->waiting, r);
        r->flags &= ~(unsigned)TCP_REC_LOST & 0xff;
        fly_insert(st, a, near, r);
        near = r;
    }
}

void tcp_recs_unmark(struct tarn *st, struct tcp_active *a)
{
    a->wait_hint = 0;
    for (unsigned retries = 0; !list_is_empty(&a->waiting); retries++)
        unmark_generation(st, a, retries);
    list_each (st, &a->flying, struct tcp_rec, again)
        again->flags &= ~(unsigned)TCP_REC_LOST & 0xff;
    a->lost_bytes = 0;
}

/* Nothing is SACKed any more (RFC 2018 8). */
static void renege(struct tarn *st, struct tcp_active *a)
{
    struct tcp_rec *near = NULL;

    list_each (st, &a->recs, struct tcp_rec, r) {
        if ((r->flags & TCP_REC_SACKED) == 0)
            continue;
        forget(a, r, rec_len(r));
        r->flags &= ~(unsigned)TCP_REC_SACKED & 0xff;
        fly_insert(st, a, near, r);
        near = r;
    }
    a->has_sacked = false;
}

void tcp_recs_lost_all(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    struct tcp_rec *first = list_first(st, &a->recs);

    if (first != NULL && (first->flags & TCP_REC_SACKED) != 0)
        renege(st, a); /* RFC 2018 8: the peer may have discarded it */
    list_each (st, &a->recs, struct tcp_rec, r)
        tcp_rec_lost(st, a, r);
    a->loss_edge = tc->snd_nxt;
}

void tcp_recs_too_long(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a)
{
    list_each (st, &a->recs, struct tcp_rec, r)
        if (rec_len(r) > tc->snd_mss)
            tcp_rec_lost(st, a, r);
}
