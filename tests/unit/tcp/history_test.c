/* tests/unit/tcp/history_test.c - random histories of two TCPs over a hostile wire.
 *
 * Both ends write, read, peek and wait at random, over wires that lose, reorder, duplicate and
 * corrupt at random. What is read is compared byte by byte with what was written; the invariants of
 * tcp/tcp.h and the mirror of tcp_deadline() and tcp_pull() are checked on the way. */
#include "tests/unit/tcp/bulk.h"
#include "tests/unit/tcp/invariants.h"

#include "tarn/link.h"

enum { WRITE_MAX = 30000, TOTAL_MAX = 400000 };

static struct wire w;

EACH_FAMILY();

struct side {
    tarn_sock s;
    uint64_t written, read, total;
    bool shut, ended;
};

static struct wire_law random_law(struct rng *r)
{
    struct wire_law law = {.delay_ns = rng_below(r, 30000000)};

    law.loss = rng_below(r, 3) == 0 ? 0 : rng_below(r, 120);
    law.duplicate = rng_below(r, 2) == 0 ? 0 : rng_below(r, 100);
    law.reorder = rng_below(r, 2) == 0 ? 0 : rng_below(r, 300);
    law.reorder_ns = 1 + rng_below(r, 40000000);
    law.corrupt = rng_below(r, 2) == 0 ? 0 : rng_below(r, 50);
    if (rng_below(r, 3) == 0)
        law.byte_ns = 100 + rng_below(r, 5000);
    law.queue = 10 + rng_below(r, 100);
    return law;
}

static void random_options(struct rng *r, struct tarn *st, tarn_sock s)
{
    static const enum tarn_opt opts[] = {TARN_SO_TCP_NODELAY, TARN_SO_TCP_CORK,
                                         TARN_SO_TCP_QUICKACK};

    if (rng_below(r, 3) == 0)
        tarn_setopt(st, s, opts[rng_below(r, 2)], rng_below(r, 2), st->now);
    if (rng_below(r, 4) == 0)
        tarn_setopt(st, s, TARN_SO_RCVBUF, 3000 + rng_below(r, 60000), st->now);
    if (rng_below(r, 4) == 0)
        tarn_setopt(st, s, TARN_SO_SNDBUF, 3000 + rng_below(r, 60000), st->now);
}

static void random_write(struct rng *r, struct tarn *st, struct side *x)
{
    uint64_t left = x->total - x->written;
    uint32_t most = rng_below(r, 2) == 0 ? 100 : WRITE_MAX;
    size_t want = (size_t)(left < most ? left : 1 + rng_below(r, most));
    long n;

    if (left > 0) {
        if (want > left)
            want = (size_t)left;
        n = tarn_send(st, x->s, bulk_bytes + x->written % BULK_PERIOD, want, st->now);
        CHECK(n > 0 || n == -TARN_EAGAIN);
        x->written += n > 0 ? (uint64_t)n : 0;
    } else if (!x->shut) {
        CHECK_EQ(tarn_shutdown(st, x->s, TARN_SHUT_WR, st->now), 0);
        x->shut = true;
    }
}

static void random_read(struct rng *r, struct tarn *st, struct side *x)
{
    static uint8_t buf[WRITE_MAX];
    size_t want = 1 + rng_below(r, rng_below(r, 2) == 0 ? 50 : WRITE_MAX);
    struct tarn_iov iov[2] = {{buf, want / 3}, {buf + want / 3, want - want / 3}};
    struct tarn_msg m = {.iov = iov, .n_iov = 2};
    const void *loan;
    long n;

    if (x->ended)
        return;
    if (rng_below(r, 4) == 0) {
        n = tarn_recv_loan(st, x->s, &loan);
        if (n > 0) {
            n = n < (long)want ? n : (long)want;
            CHECK(memcmp(loan, bulk_bytes + x->read % BULK_PERIOD, (size_t)n) == 0);
            tarn_recv_return(st, x->s, (size_t)n, st->now);
        }
    } else {
        if (rng_below(r, 8) == 0)
            m.flags = TARN_MSG_PEEK;
        n = tarn_recvmsg(st, x->s, &m, st->now);
        if (n > 0)
            CHECK(memcmp(buf, bulk_bytes + x->read % BULK_PERIOD, (size_t)n) == 0);
        if (m.flags != 0 && n > 0)
            return;
    }
    CHECK(n >= 0 || n == -TARN_EAGAIN);
    x->read += n > 0 ? (uint64_t)n : 0;
    x->ended = n == 0;
}

/* The sides talk until both have read the other's end. */
static void talk(struct rng *r, struct side x[2], bool lazy)
{
    for (int steps = 0; !x[0].ended || !x[1].ended; steps++) {
        CHECK(steps < 2000000);
        for (int i = 0; i < 2; i++) {
            struct tarn *st = w.end[i].st;

            if (rng_below(r, 4) != 0)
                random_write(r, st, &x[i]);
            if (!lazy || rng_below(r, 20) == 0)
                random_read(r, st, &x[i]);
        }
        wire_step(&w, wire_now(&w) + 1 + rng_below(r, 50000000));
        wire_settle(&w);
        for (int i = 0; i < 2; i++)
            check_stack(w.end[i].st, wire_now(&w), wire_now(&w) + rng_below(r, 300000000));
    }
}

static void history(uint8_t seed)
{
    uint8_t bytes[32] = {seed, 1, 2, 3};
    struct wire_pair p;
    struct side x[2] = {{.shut = false}};
    struct rng r;
    struct wire_law law;

    rng_init(&r, bytes, 0);
    law = random_law(&r);
    wire_open(&w, &law,
              rng_below(&r, 3) == 0 ? LINK_CSUM_RX | LINK_CSUM_TX | LINK_GSO_TX | LINK_GRO_RX : 0,
              seed);
    for (int i = 0; i < 2; i++) {
        tarn_param_set(w.end[i].st, "tcp.sack", rng_below(&r, 4) != 0);
        tarn_param_set(w.end[i].st, "tcp.timestamps", rng_below(&r, 4) != 0);
        tarn_param_set(w.end[i].st, "tcp.window-scaling", rng_below(&r, 4) != 0);
    }
    p = wire_pair_open(&w);
    for (int i = 0; i < 2; i++) {
        x[i].s = p.s[i];
        x[i].total = rng_below(&r, TOTAL_MAX);
        random_options(&r, w.end[i].st, p.s[i]);
    }
    talk(&r, x, rng_below(&r, 4) == 0);
    CHECK_EQ(x[1].read, x[0].total);
    CHECK_EQ(x[0].read, x[1].total);
    tarn_close(w.end[0].st, p.s[0], wire_now(&w));
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    w.law = (struct wire_law){.delay_ns = RIG_MS};
    wire_wait(&w, 600 * RIG_S);
    wire_check_empty(&w);
    wire_close(&w);
}

TEST(history, random_ones_deliver_every_byte)
{
    const char *only = getenv("HISTORY_SEED");

    bulk_init();
    if (only != NULL) {
        history((uint8_t)atoi(only));
        return;
    }
    for (unsigned seed = 0; seed < 60; seed++)
        history((uint8_t)seed);
}
