/* tests/unit/tcp/wire.h - two stacks on a wire that may be hostile, in virtual time: it loses,
 * delays, reorders, duplicates and corrupts packets by a seed. They speak the family of
 * tests/unit/family.h. */
#ifndef TARN_TESTS_UNIT_TCP_WIRE_H
#define TARN_TESTS_UNIT_TCP_WIRE_H

#include "base/rng.h"
#include "tests/unit/family.h"

enum { WIRE_MAX = 8192 };

/* Per mille, and nanoseconds. */
struct wire_law {
    uint32_t loss, duplicate, reorder, corrupt;
    uint32_t mark; /* congestion experienced, of what may be marked */
    uint64_t delay_ns, reorder_ns;
    uint64_t byte_ns; /* time a byte takes: the line's rate; 0 = no limit */
    uint32_t queue;   /* packets that may wait for the line; 0 = no limit */
};

struct flying {
    uint64_t at, order;
    struct pkt *p; /* of the stack that will get it */
    int to;
};

struct wire {
    struct rig end[2];
    struct wire_law law;
    struct rng rng;
    struct flying flying[WIRE_MAX];
    unsigned n;
    uint64_t order, sent, lost, marked[2]; /* marked: towards each end */
    tarn_ns free_at[2];                    /* when the line towards each end has nothing to send */
    unsigned waiting[2];
    bool cut; /* nothing passes */
};

static inline bool wire_chance(struct wire *w, uint32_t per_mille)
{
    return per_mille > 0 && rng_below(&w->rng, 1000) < per_mille;
}

static inline void wire_open(struct wire *w, const struct wire_law *law, uint32_t offload,
                             uint8_t seed)
{
    uint8_t bytes[32] = {seed, 77};

    memset(w, 0, sizeof *w);
    rig_open_with(&w->end[0], 1, offload, NULL);
    rig_open_with(&w->end[1], 2, offload, NULL);
    rng_init(&w->rng, bytes, 0);
    if (law != NULL)
        w->law = *law;
    for (int i = 0; i < 2; i++)
        family_open(&w->end[i], (uint8_t)(i + 1), (uint8_t)(2 - i), w->end[!i].mac);
    rig_drain(&w->end[0]);
    rig_drain(&w->end[1]);
}

static inline void wire_close(struct wire *w)
{
    rig_close(&w->end[0]);
    rig_close(&w->end[1]);
}

static inline tarn_ns wire_now(const struct wire *w)
{
    return w->end[0].now;
}

static inline void wire_flip(struct wire *w, struct rig *r, struct pkt *p)
{
    struct tarn_iov iov[2];
    unsigned pieces;
    size_t at = 14 + rng_below(&w->rng, pkt_len(p) - 14);

    CHECK(pkt_writable(r->st, p));
    pieces = pkt_iov(r->st, p, iov);
    for (unsigned i = 0; i < pieces; i++) {
        if (at < iov[i].len) {
            ((uint8_t *)iov[i].base)[at] ^= (uint8_t)(1 << rng_below(&w->rng, 8));
            return;
        }
        at -= iov[i].len;
    }
}

/* CE for ECT (RFC 3168 5), where chance has it. Behind an Ethernet header. */
static inline void wire_mark(struct wire *w, int to, struct pkt *p)
{
    uint8_t *ip = pkt_head(p) + 14;
    uint32_t sum = 0;

    if (ip[0] >> 4 == 6) {
        if ((ip[1] >> 4 & 3) == 0 || !wire_chance(w, w->law.mark))
            return;
        ip[1] |= 3 << 4;
    } else {
        if ((ip[1] & 3) == 0 || !wire_chance(w, w->law.mark))
            return;
        ip[1] |= 3;
        ip[10] = ip[11] = 0;
        for (unsigned i = 0; i < 20; i += 2)
            sum += (uint32_t)ip[i] << 8 | ip[i + 1];
        sum = ~((sum & 0xffff) + (sum >> 16));
        ip[10] = (uint8_t)(sum >> 8);
        ip[11] = (uint8_t)sum;
    }
    w->marked[to]++;
}

static inline void wire_fly(struct wire *w, int from, const struct pkt *p)
{
    struct rig *to = &w->end[!from];
    struct pkt *q;
    uint64_t at = wire_now(w) + w->law.delay_ns;

    if (wire_chance(w, w->law.reorder))
        at += rng_below(&w->rng, (uint32_t)w->law.reorder_ns);
    if (w->law.byte_ns > 0) {
        tarn_ns begin = w->free_at[!from] > wire_now(w) ? w->free_at[!from] : wire_now(w);

        w->free_at[!from] = begin + pkt_len(p) * w->law.byte_ns;
        at += w->free_at[!from] - wire_now(w);
        if (w->law.queue > 0 &&
            (begin - wire_now(w)) / w->law.byte_ns > (uint64_t)w->law.queue * 1514) {
            w->lost++;
            w->free_at[!from] = begin;
            return;
        }
    }
    CHECK(w->n < WIRE_MAX);
    q = pkt_copy_to(w->end[from].st, p, to->st);
    if (q == NULL)
        return;
    wire_mark(w, !from, q);
    if (q->csum == PKT_CSUM_NONE && wire_chance(w, w->law.corrupt))
        wire_flip(w, to, q);
    w->flying[w->n++] = (struct flying){at, w->order++, q, !from};
}

static inline bool wire_collect(struct wire *w)
{
    bool any = false;

    for (int i = 0; i < 2; i++) {
        struct rig *r = &w->end[i];
        struct pkt *p;

        while ((p = tarn_output(r->st, RIG_PORT, r->now)) != NULL) {
            any = true;
            w->sent++;
            if (w->cut || wire_chance(w, w->law.loss))
                w->lost++;
            else
                wire_fly(w, i, p);
            if (!w->cut && wire_chance(w, w->law.duplicate))
                wire_fly(w, i, p);
            pkt_put(r->st, p);
        }
    }
    return any;
}

/* The index of what arrives first, or -1. */
static inline int wire_first(const struct wire *w)
{
    int best = -1;

    for (unsigned i = 0; i < w->n; i++)
        if (best < 0 || w->flying[i].at < w->flying[best].at ||
            (w->flying[i].at == w->flying[best].at && w->flying[i].order < w->flying[best].order))
            best = (int)i;
    return best;
}

static inline bool wire_deliver(struct wire *w)
{
    int i = wire_first(w);
    struct flying f;

    if (i < 0 || w->flying[i].at > wire_now(w))
        return false;
    f = w->flying[i];
    w->flying[i] = w->flying[--w->n];
    tarn_input(w->end[f.to].st, RIG_PORT, f.p, w->end[f.to].now);
    return true;
}

/* Do everything that is due now. */
static inline void wire_settle(struct wire *w)
{
    bool more;

    do {
        tarn_tick(w->end[0].st, wire_now(w));
        tarn_tick(w->end[1].st, wire_now(w));
        more = wire_collect(w);
        while (wire_deliver(w))
            more = true;
    } while (more);
}

/* When something happens next. */
static inline tarn_ns wire_next(const struct wire *w)
{
    int i = wire_first(w);
    tarn_ns at = i >= 0 ? w->flying[i].at : TARN_NEVER;

    for (int k = 0; k < 2; k++) {
        tarn_ns due = tarn_deadline(w->end[k].st);

        at = due < at ? due : at;
    }
    return at;
}

static inline void wire_set_now(struct wire *w, tarn_ns now)
{
    w->end[0].now = w->end[1].now = now;
}

/* One step of time, not beyond `until`. false: `until` was reached. */
static inline bool wire_step(struct wire *w, tarn_ns until)
{
    tarn_ns next;

    wire_settle(w);
    next = wire_next(w);
    if (next > until) {
        wire_set_now(w, until);
        wire_settle(w);
        return false;
    }
    wire_set_now(w, next > wire_now(w) ? next : wire_now(w) + 1);
    return true;
}

static inline void wire_wait(struct wire *w, tarn_ns ns)
{
    tarn_ns until = wire_now(w) + ns;

    while (wire_step(w, until))
        ;
}

/* Sockets ------------------------------------------------------------------------------------- */

static inline struct tarn_addr wire_addr(int end, uint16_t port)
{
    return (struct tarn_addr){.ip = family_ip((uint8_t)(end + 1)), .port = port};
}

static inline tarn_sock wire_listen(struct wire *w, int end, uint16_t port, unsigned backlog)
{
    struct tarn_addr at = {.ip = family_ip(0), .port = port};
    tarn_sock s;

    CHECK_EQ(tarn_open(w->end[end].st, family_now, TARN_STREAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_bind(w->end[end].st, s, &at), 0);
    CHECK_EQ(tarn_listen(w->end[end].st, s, backlog), 0);
    return s;
}

static inline tarn_sock wire_connect(struct wire *w, int end, uint16_t port)
{
    struct tarn_addr to = wire_addr(!end, port);
    tarn_sock s;

    CHECK_EQ(tarn_open(w->end[end].st, family_now, TARN_STREAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_connect(w->end[end].st, s, &to, wire_now(w)), -TARN_EINPROGRESS);
    return s;
}

static inline int wire_state(struct wire *w, int end, tarn_sock s)
{
    struct tarn_tcp_info info;

    return tarn_tcp_info(w->end[end].st, s, &info, wire_now(w)) == 0 ? info.state : -1;
}

/* A connection from end 0 to port 80 of end 1, with both handles. */
struct wire_pair {
    tarn_sock s[2], listener;
};

static inline struct wire_pair wire_pair_open(struct wire *w)
{
    struct wire_pair p;

    p.listener = wire_listen(w, 1, 80, 16);
    p.s[0] = wire_connect(w, 0, 80);
    for (int i = 0; i < 100 && tarn_accept(w->end[1].st, p.listener, &p.s[1], NULL) != 0; i++)
        wire_wait(w, 100 * RIG_MS);
    CHECK_EQ(wire_state(w, 0, p.s[0]), TARN_TCP_ESTABLISHED);
    CHECK_EQ(wire_state(w, 1, p.s[1]), TARN_TCP_ESTABLISHED);
    return p;
}

static inline void wire_check_empty(struct wire *w)
{
    for (int i = 0; i < 2; i++) {
        struct tarn_usage u;

        tarn_usage(w->end[i].st, &u);
        CHECK_EQ(u.sockets, 0);
        CHECK_EQ(u.time_wait, 0);
        CHECK_EQ(u.packets, 0);
        CHECK_EQ(u.chunks, 0);
        CHECK_EQ(u.chunk_bytes, 0);
    }
}

#endif
