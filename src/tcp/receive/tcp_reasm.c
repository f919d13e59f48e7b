/* tcp/receive/tcp_reasm.c - text of a segment (RFC 9293 3.10.7.4, seventh step), in order and out
 * of order.
 *
 * What arrives at RCV.NXT goes to the receive queue. What arrives above it goes to a run: bytes
 * without a hole, kept in chunks as the receive queue keeps its own, so joining the two moves
 * nothing. Runs are disjoint and in order; of two copies of a byte the first one stays. There are
 * at most TCP_MAX_RUNS, and their chunks' true size is bounded by twice the receive buffer: a peer
 * that sends crumbs with holes costs bounded memory and bounded walks (CVE-2018-5390). At the bound
 * the highest run gives way to lower data, which is needed first (RFC 2018 8 allows it).
 *
 * A walk to a segment's place begins at the nearest of these: either end, the runs that grew last,
 * and the last places to which a walk was long. So a peer that jumps about leaves marks from which
 * the next walks are short: 4,096 runs are divided by TCP_RUN_PLACES. */
#include "tcp/receive/tcp_receive.h"

#include "base/bits.h"
#include "tcp/congestion/tcp_congestion.h"
#include "tcp/tcp_machine.h"
#include "tcp/tcp_queue.h"
#include "tcp/user/tcp_user.h"

enum { DUPLICATES_MAX = 4 };

static tcp_seq run_end(const struct tcp_run *r)
{
    return seq_add(r->start, r->q.bytes);
}

enum { LONG_WALK = 32 };

/* Where a walk was long, so that the next one there is not; the oldest such place gives way. */
static void place_note(struct tcp_active *a, uint32_t ref)
{
    a->places[a->n_places++ % TCP_RUN_PLACES] = ref;
}

static void place_forget(struct tcp_active *a, uint32_t ref)
{
    for (uint32_t i = 0; i < TCP_RUN_PLACES && i < a->n_places; i++)
        if (a->places[i] == ref)
            a->places[i] = 0;
}

static void recent_remove(struct tcp_active *a, uint32_t ref)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < a->n_recent; i++)
        if (a->recent[i] != ref)
            a->recent[kept++] = a->recent[i];
    a->n_recent = kept;
}

/* It grew: the next SACK reports it first. */
static void recent_push(struct tcp_active *a, uint32_t ref)
{
    recent_remove(a, ref);
    a->n_recent = min_u32(a->n_recent + 1, TCP_RECENT_RUNS);
    for (uint32_t i = a->n_recent - 1; i > 0; i--)
        a->recent[i] = a->recent[i - 1];
    a->recent[0] = ref;
}

/* The run is one no more; its queue is the caller's. */
static void run_put(struct tarn *st, struct tcp_active *a, struct tcp_run *r)
{
    recent_remove(a, ref_of(st, r));
    place_forget(a, ref_of(st, r));
    a->n_runs--;
    list_remove(st, &a->runs, r);
    if (a->n_recent == 0 && a->n_runs > 0) /* there is always one to report, the lowest at least */
        recent_push(a, ref_of(st, list_first(st, &a->runs)));
    pool_put(st, &tcp_layer(st)->runs, r);
}

static void run_free(struct tarn *st, struct tcp_active *a, struct tcp_run *r)
{
    a->run_bytes -= r->q.bytes;
    a->run_true_bytes -= r->q.true_bytes;
    tcp_queue_purge(st, &r->q);
    run_put(st, a, r);
}

void tcp_runs_purge(struct tarn *st, struct tcp_active *a)
{
    struct tcp_run *r;

    while ((r = list_first(st, &a->runs)) != NULL)
        run_free(st, a, r);
}

static uint32_t distance(const struct tcp_run *r, tcp_seq at)
{
    int32_t d = seq_diff(r->start, at);

    return d < 0 ? 0 - (uint32_t)d : (uint32_t)d;
}

static struct tcp_run *nearer(struct tcp_run *r, struct tcp_run *other, tcp_seq at)
{
    return other != NULL && distance(other, at) < distance(r, at) ? other : r;
}

/* Where a walk to `at` begins. */
static struct tcp_run *run_near(const struct tarn *st, const struct tcp_active *a, tcp_seq at)
{
    struct tcp_run *best = list_last(st, &a->runs);

    if (best == NULL)
        return NULL;
    best = nearer(best, list_first(st, &a->runs), at);
    for (uint32_t i = 0; i < a->n_recent; i++)
        best = nearer(best, ref_at(st, a->recent[i]), at);
    for (uint32_t i = 0; i < TCP_RUN_PLACES && i < a->n_places; i++)
        best = nearer(best, ref_ptr(st, a->places[i]), at);
    return best;
}

/* The last run that begins at or below `at`; NULL: all begin above. */
static struct tcp_run *run_below(const struct tarn *st, struct tcp_active *a, tcp_seq at)
{
    struct tcp_run *r = run_near(st, a, at), *next;
    unsigned steps = 0;

    for (; r != NULL && seq_gt(r->start, at); steps++)
        r = list_prev(st, &a->runs, r);
    for (; r != NULL && (next = list_next(st, &a->runs, r)) != NULL && seq_leq(next->start, at);
         steps++)
        r = next;
    if (steps > LONG_WALK && r != NULL)
        place_note(a, ref_of(st, r));
    return r;
}

static struct tcp_run *run_new(struct tarn *st, struct tcp_active *a, struct tcp_run *below,
                               tcp_seq start)
{
    struct tcp_run *r = pool_get_zeroed(st, &st->arena, &tcp_layer(st)->runs);

    if (r == NULL)
        return NULL;
    r->start = start;
    a->n_runs++;
    if (below != NULL)
        list_insert_after(st, &a->runs, below, r);
    else
        list_push_front(st, &a->runs, r);
    return r;
}

/* Put the packet's bytes at the end of the run. */
static bool run_append(struct tarn *st, struct tcp_active *a, struct tcp_run *r, struct pkt *p)
{
    uint32_t had = r->q.true_bytes, n = tcp_queue_take(st, &r->q, p);

    a->run_bytes += n;
    a->run_true_bytes += r->q.true_bytes - had;
    recent_push(a, ref_of(st, r));
    return n > 0;
}

/* The run now touches the one above it: one run of both. */
static void run_join_next(struct tarn *st, struct tcp_active *a, struct tcp_run *r)
{
    struct tcp_run *next = list_next(st, &a->runs, r);

    if (next == NULL || !seq_eq(run_end(r), next->start))
        return;
    tcp_queue_join(st, &r->q, &next->q);
    run_put(st, a, next);
}

/* Make room below the bounds for bytes at `at`; false: they are the highest themselves. */
static bool make_room(struct tarn *st, const struct tcp_sock *tc, struct tcp_active *a, tcp_seq at)
{
    while (a->n_runs >= TCP_MAX_RUNS || tcp_memory_is_short(st) ||
           a->run_true_bytes >= 2 * max_u32(tc->rcv_buf, TCP_CHUNK_BYTES)) {
        struct tcp_run *last = list_last(st, &a->runs);

        if (last == NULL || seq_leq(last->start, at))
            return false;
        run_free(st, a, last);
    }
    return true;
}

/* A segment up to `end` begins below a run that holds some of it. */
static void note_run(struct tarn *st, struct tcp_sock *tc, const struct tcp_run *r, tcp_seq end,
                     tarn_ns now, bool *told)
{
    if (!*told)
        tcp_dsack_note(st, tc, r->start, seq_min(end, run_end(r)), now);
    *told = true;
}

/* Cut off what is held already: `below` at the front, those above at the back. Those that lie
 * inside are replaced. false: nothing new. */
static bool cut_overlaps(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a,
                         struct tcp_run *below, struct tcp_seg *g)
{
    tcp_seq end = seq_add(g->seq, g->data);
    bool told = false; /* of what came twice the first part alone (RFC 2883 4.2) */
    struct tcp_run *r;

    if (below != NULL && seq_lt(g->seq, run_end(below))) {
        uint32_t held = min_u32(run_end(below).v - g->seq.v, g->data);

        tcp_dsack_note(st, tc, g->seq, seq_add(g->seq, held), g->now);
        if (held == g->data) {
            recent_push(a, ref_of(st, below)); /* RFC 2883 4: the second block is where it lies */
            return false;
        }
        pkt_strip(g->p, held);
        g->seq = seq_add(g->seq, held);
        g->data -= held;
        told = true;
    }
    while ((r = below != NULL ? list_next(st, &a->runs, below) : list_first(st, &a->runs)) !=
               NULL &&
           seq_geq(end, run_end(r))) {
        note_run(st, tc, r, end, g->now, &told);
        run_free(st, a, r);
    }
    if (r != NULL && seq_gt(end, r->start)) {
        note_run(st, tc, r, end, g->now, &told);
        g->data = r->start.v - g->seq.v;
        pkt_trim(st, g->p, g->data);
    }
    return g->data > 0;
}

/* RFC 5681 4.2: an ACK for each segment, because the peer counts them, and one may get lost. They
 * are counted: segments that come in a batch are answered behind it. Of a super-packet DupThresh
 * and one suffice, and a delayed ACK goes with the first. */
static void owe_duplicates(struct tcp_sock *tc, uint32_t segs)
{
    bool delayed = !tc->ack_now && !seq_eq(tc->rcv_acked, tc->rcv_nxt);
    uint32_t n = clamp_u32(segs, 1, DUPLICATES_MAX) - delayed + tc->duplicates;

    tc->ack_now = 1;
    tc->duplicates = min_u32(n, TCP_DUPLICATES) & TCP_DUPLICATES;
}

static enum tcp_verdict out_of_order(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    struct tcp_active *a = tcp_activate(st, tc, g->now);
    struct tcp_run *below, *r;

    owe_duplicates(tc, g->p->segs);
    if (a == NULL)
        return tcp_reject(g, DROP_TCP_REASSEMBLY);
    if (g->fin) {
        a->has_fin = true;
        a->fin = seq_add(g->seq, g->data);
        g->fin = false;
    }
    below = run_below(st, a, g->seq);
    if (g->data == 0 || !cut_overlaps(st, tc, a, below, g))
        return tcp_reject(g, DROP_TCP_OLD);
    if (!make_room(st, tc, a, g->seq))
        return tcp_reject(g, DROP_TCP_REASSEMBLY);
    below = run_below(st, a, g->seq);
    r = below != NULL && seq_eq(run_end(below), g->seq) ? below : run_new(st, a, below, g->seq);
    if (r == NULL || !run_append(st, a, r, g->p)) {
        if (r != NULL && r->q.bytes == 0)
            run_free(st, a, r);
        return tcp_reject(g, DROP_TCP_REASSEMBLY);
    }
    run_join_next(st, a, r);
    return TCP_DONE;
}

/* n more bytes stand in the receive queue. */
static void received(struct tarn *st, struct tcp_sock *tc, uint32_t n)
{
    tc->rcv_nxt = seq_add(tc->rcv_nxt, n);
    tc->bytes_received += n;
    tc->heard = 1;
    if (tc->urgent)
        tcp_urgent_arrived(st, tc);
    stat_add(st, TARN_STAT_TCP_BYTES_IN, n);
}

/* The first run begins at or below RCV.NXT now: it is in order. */
static void drain(struct tarn *st, struct tcp_sock *tc, struct tcp_active *a)
{
    struct tcp_run *r;

    while ((r = list_first(st, &a->runs)) != NULL && seq_leq(r->start, tc->rcv_nxt)) {
        uint32_t held = min_u32(tc->rcv_nxt.v - r->start.v, r->q.bytes), n;

        a->run_bytes -= r->q.bytes;
        a->run_true_bytes -= r->q.true_bytes;
        tcp_queue_drop(st, &r->q, held);
        n = r->q.bytes;
        tcp_queue_join(st, &tc->recvq, &r->q);
        received(st, tc, n);
        run_put(st, a, r);
    }
}

/* `told`: a part of the segment was old. */
static enum tcp_verdict in_order(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g, bool told)
{
    struct tcp_active *a = tcp_active(st, tc);
    uint32_t n = g->data > 0 ? tcp_queue_take(st, &tc->recvq, g->p) : 0;
    const struct tcp_run *above = a != NULL ? list_first(st, &a->runs) : NULL;

    if (above != NULL && seq_gt(seq_add(g->seq, n), above->start))
        note_run(st, tc, above, seq_add(g->seq, n), g->now, &told);
    received(st, tc, n);
    tc->duplicates = 0;
    if (n < g->data) {
        g->fin = false;
        tc->ack_now = 1;
        return tcp_reject(g, DROP_TCP_MEMORY);
    }
    if (a != NULL && !list_is_empty(&a->runs)) {
        drain(st, tc, a);
        tc->ack_now = 1; /* RFC 5681 4.2: it filled a gap, all or part */
    }
    if (a != NULL && a->has_fin && seq_eq(tc->rcv_nxt, a->fin)) {
        a->has_fin = false;
        g->fin = true;
    }
    return TCP_CONTINUE;
}

/* Cut off what lies before RCV.NXT and beyond the window. false: nothing is left. */
static bool cut_to_window(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    int32_t old = seq_diff(tc->rcv_nxt, g->seq);
    int32_t beyond;

    if (old > 0) {
        uint32_t cut = min_u32((uint32_t)old, g->data);

        tcp_dsack_note(st, tc, g->seq, seq_add(g->seq, cut), g->now);
        if (cut == g->data && !g->fin)
            return false;
        pkt_strip(g->p, cut);
        g->seq = seq_add(g->seq, (uint32_t)old);
        g->data -= cut;
    }
    beyond = seq_diff(seq_add(g->seq, g->data), tc->rcv_adv);
    if (beyond <= 0)
        return g->data > 0 || g->fin;
    g->fin = false;
    g->data -= min_u32((uint32_t)beyond, g->data);
    pkt_trim(st, g->p, g->data);
    return g->data > 0;
}

/* Nothing new, so an ACK was lost or late, and the peer's window is small now: it hears at once of
 * what comes next, as from Linux. */
static void acknowledge_quickly(struct tcp_sock *tc)
{
    tc->ack_now = 1;
    tc->pingpong = 0;
    tc->quick_acks = TCP_QUICK_ACKS;
}

enum tcp_verdict tcp_text(struct tarn *st, struct tcp_sock *tc, struct tcp_seg *g)
{
    bool was_old = seq_lt(g->seq, tc->rcv_nxt), is_owed = tc->ack_now;
    uint32_t whole = max_u32(g->data, g->p->gso_size), before = tc->recvq.bytes;
    enum tcp_verdict v;

    tcp_rcv_rtt(tc, g);
    if (!cut_to_window(st, tc, g)) {
        acknowledge_quickly(tc);
        return tcp_reject(g, was_old ? DROP_TCP_OLD : DROP_TCP_WINDOW);
    }
    if (tc->ecn == TCP_ECN_CLASSIC) /* outside the window marks do not count (RFC 3168 6.1.5) */
        tcp_ecn_arrived(tc, g);
    v = seq_eq(g->seq, tc->rcv_nxt) ? in_order(st, tc, g, was_old) : out_of_order(st, tc, g);
    if (was_old)
        tc->ack_now = 1;
    if (g->p->gso_size != 0 ? tc->quick_acks > 0 : is_owed)
        tc->stepwise = 1;
    tcp_ack_schedule(st, tc, g->p->gso_size != 0 ? g->p->gso_size : whole,
                     (g->h.flags & TCP_PSH) != 0, g->now);
    if (tc->recvq.bytes > before && tcp_urgent_readable(st, tc) >= max_u32(tc->rcv_lowat, 1))
        sock_ready(st, &tc->sk, TARN_IN, 0);
    return v;
}
