/* tests/unit/tcp/bulk.h - a stream of known bytes from one end of a connection to the other. */
#ifndef TARN_TESTS_UNIT_TCP_BULK_H
#define TARN_TESTS_UNIT_TCP_BULK_H

#include "tests/unit/tcp/wire.h"

enum { BULK_PERIOD = 65521, BULK_PIECE = 262144 }; /* a prime, so that no piece aligns with it */

/* Byte i of the stream is bulk_bytes[i % BULK_PERIOD]; repeated, so any piece lies in one place. */
static uint8_t bulk_bytes[BULK_PERIOD + BULK_PIECE];

struct bulk {
    struct wire *w;
    tarn_sock s[2];
    int from;
    uint64_t total, written, read;
    size_t write_max, read_max; /* bytes per call */
    bool shut, ended;
};

static inline void bulk_init(void)
{
    uint32_t x = 1;

    for (size_t i = 0; i < BULK_PERIOD; i++) {
        x = x * 1664525 + 1013904223;
        bulk_bytes[i] = (uint8_t)(x >> 24);
    }
    for (size_t i = BULK_PERIOD; i < sizeof bulk_bytes; i++)
        bulk_bytes[i] = bulk_bytes[i - BULK_PERIOD];
}

static inline void bulk_write(struct bulk *b)
{
    struct tarn *st = b->w->end[b->from].st;
    long n = 1;

    while (b->written < b->total && n > 0) {
        uint64_t left = b->total - b->written;
        size_t want = left < b->write_max ? (size_t)left : b->write_max;

        n = tarn_send(st, b->s[b->from], bulk_bytes + b->written % BULK_PERIOD, want,
                      wire_now(b->w));
        CHECK(n > 0 || n == -TARN_EAGAIN);
        b->written += n > 0 ? (uint64_t)n : 0;
    }
    if (b->written == b->total && !b->shut) {
        CHECK_EQ(tarn_shutdown(st, b->s[b->from], TARN_SHUT_WR, wire_now(b->w)), 0);
        b->shut = true;
    }
}

static inline void bulk_read(struct bulk *b)
{
    static uint8_t buf[BULK_PIECE];
    struct tarn *st = b->w->end[!b->from].st;
    long n;

    while (!b->ended &&
           (n = tarn_recv(st, b->s[!b->from], buf, b->read_max, wire_now(b->w))) != -TARN_EAGAIN) {
        CHECK_EQ(n < 0 ? n : 0, 0);
        CHECK(memcmp(buf, bulk_bytes + b->read % BULK_PERIOD, (size_t)n) == 0);
        b->read += (uint64_t)n;
        b->ended = n == 0;
    }
}

/* Until all bytes have come, or `limit` of time is over. */
static inline bool bulk_run(struct bulk *b, unsigned n, tarn_ns limit)
{
    tarn_ns until = wire_now(b->w) + limit;
    bool done = false;

    while (!done) {
        done = true;
        for (unsigned i = 0; i < n; i++) {
            bulk_write(&b[i]);
            bulk_read(&b[i]);
            done = done && b[i].ended;
        }
        if (!wire_step(b->w, until))
            break;
    }
    return done;
}

/* `total` bytes each way over a fresh connection; returns the time it took. */
static inline tarn_ns bulk_both_ways(struct wire *w, uint64_t total, size_t piece, tarn_ns limit)
{
    struct wire_pair p;
    struct bulk b[2] = {{.w = w, .from = 0, .total = total, .write_max = piece, .read_max = piece},
                        {.w = w, .from = 1, .total = total, .write_max = piece, .read_max = piece}};
    tarn_ns began;

    bulk_init();
    p = wire_pair_open(w);
    began = wire_now(w);
    for (int i = 0; i < 2; i++) {
        b[i].s[0] = p.s[0];
        b[i].s[1] = p.s[1];
    }
    CHECK(bulk_run(b, 2, limit));
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(b[i].read, total);
        tarn_close(w->end[i].st, p.s[i], wire_now(w));
    }
    tarn_close(w->end[1].st, p.listener, wire_now(w));
    began = wire_now(w) - began;
    wire_wait(w, 400 * RIG_S);
    wire_check_empty(w);
    return began;
}

#endif
