/* tests/unit/drivers/bench.h - stacks as packet pools, frames to send, and the two ends of a link.
 */
#ifndef TARN_TESTS_UNIT_DRIVERS_BENCH_H
#define TARN_TESTS_UNIT_DRIVERS_BENCH_H

#include "tarn/err.h"
#include "tarn/link.h"
#include "tarn/tarn.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    POOL_BYTES = 64 << 20,
    ERROR_BYTES = 256,
    ETH_BYTES = 14,
    IP_BYTES = 20,
    TCP_BYTES = 20,
    TCP_CHECKSUM_AT = 16,
    HEADERS_BYTES = ETH_BYTES + IP_BYTES + TCP_BYTES,
};

static inline struct tarn *pool_new(void)
{
    static const uint8_t seed[32] = {1};
    static const struct tarn_config limits;
    void *mem = mmap(NULL, POOL_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct tarn *st;

    CHECK(mem != MAP_FAILED);
    CHECK_EQ(tarn_init(&st, mem, POOL_BYTES, &limits, seed, 1), 0);
    return st;
}

/* Every packet and chunk has been given back. */
static inline void pool_end(struct tarn *st)
{
    struct tarn_usage held;

    tarn_usage(st, &held);
    CHECK_EQ(held.packets, 0);
    CHECK_EQ(held.chunks, 0);
    munmap(st, POOL_BYTES);
}

static inline int try_open(struct link **out, struct tarn *st, const char *uri, char *error)
{
    struct link_request r = {.uri = uri, .seed = 7, .error = error, .error_bytes = ERROR_BYTES};

    error[0] = '\0';
    return link_open_uri(out, st, &r);
}

/* Opening it is refused with this sentence. */
static inline void check_refused(const char *uri, int rc, const char *sentence)
{
    struct tarn *st = pool_new();
    char error[ERROR_BYTES];
    struct link *l;

    CHECK_EQ(try_open(&l, st, uri, error), rc);
    CHECK_STR(error, sentence);
    pool_end(st);
}

static inline struct link *must_open(struct tarn *st, const char *uri)
{
    char error[ERROR_BYTES];
    struct link *l = NULL;

    if (try_open(&l, st, uri, error) < 0)
        test_fail(__FILE__, __LINE__, "%s: %s", uri, error);
    return l;
}

/* Byte i of frame n's payload. */
static inline uint8_t pattern(unsigned n, size_t i)
{
    return (uint8_t)(n * 7 + i * 13 + (i >> 8));
}

static inline void put16(uint8_t *at, unsigned v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static inline unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* Sum of 16-bit words, folded; a test's own, so as not to trust the product's. */
static inline unsigned sum16(const uint8_t *at, size_t n, unsigned sum)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += get16(at + i);
    if (n % 2)
        sum += (unsigned)at[n - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* Pseudo-header, header and data of a frame's TCP segment; 0xffff when its checksum is right. */
static inline unsigned tcp_sum(const uint8_t *frame, size_t n)
{
    unsigned bytes = (unsigned)n - ETH_BYTES - IP_BYTES;
    unsigned pseudo = sum16(frame + ETH_BYTES + 12, 8, 6 + bytes);

    return sum16(frame + ETH_BYTES + IP_BYTES, bytes, pseudo);
}

/* Headers of an Ethernet frame with IPv4 and TCP, `bytes` of payload behind them, the TCP checksum
 * still to be added. */
static inline void headers_write(uint8_t *h, unsigned bytes)
{
    static const uint8_t eth[ETH_BYTES] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};
    static const uint8_t ip[IP_BYTES] = {0x45, 0, 0,  0, 0, 1, 0x40, 0, 64, 6,
                                         0,    0, 10, 0, 0, 1, 10,   0, 0,  2};
    static const uint8_t tcp[TCP_BYTES] = {0x30, 0x39, 0,    80,   0,    0,    0, 1, 0, 0,
                                           0,    0,    0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0};
    uint8_t *l3 = h + ETH_BYTES, *l4 = l3 + IP_BYTES;

    memcpy(h, eth, sizeof eth);
    memcpy(l3, ip, sizeof ip);
    memcpy(l4, tcp, sizeof tcp);
    put16(l3 + 2, IP_BYTES + TCP_BYTES + bytes);
    put16(l3 + 10, ~sum16(l3, IP_BYTES, 0) & 0xffff);
    put16(l4 + TCP_CHECKSUM_AT, sum16(l3 + 12, 8, 6 + TCP_BYTES + bytes));
}

/* Frame n: headers in the head, payload of `bytes` in a chunk, checksum partial; gso_size > 0 makes
 * a super-packet of it. */
static inline struct pkt *frame_new(struct tarn *st, unsigned n, unsigned bytes, unsigned gso_size)
{
    struct pkt *p = pkt_get(st, bytes, PKT_RX_ROOM);

    CHECK(p != NULL);
    p->head_len = HEADERS_BYTES;
    headers_write(pkt_head(p), bytes);
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t b = pattern(n, i);

        CHECK(pkt_append(st, p, &b, 1));
    }
    p->l2 = (uint16_t)p->head_off;
    p->l3 = (uint16_t)(p->l2 + ETH_BYTES);
    p->l4 = (uint16_t)(p->l3 + IP_BYTES);
    p->csum = PKT_CSUM_PARTIAL;
    p->csum_offset = TCP_CHECKSUM_AT;
    if (gso_size > 0) {
        p->gso = PKT_GSO_TCP4;
        p->gso_size = gso_size;
        p->segs = (bytes + gso_size - 1) / gso_size;
    }
    return p;
}

/* One packet, or NULL. */
static inline struct pkt *receive(struct link *l, tarn_ns now)
{
    struct pkt *p = NULL;
    int n = l->ops->rx(l, &p, 1, now);

    CHECK(n == 0 || n == 1);
    return n == 1 ? p : NULL;
}

static inline void send_one(struct link *l, struct pkt *p, tarn_ns now)
{
    CHECK_EQ(l->ops->tx(l, &p, 1, now), 1);
}

/* p is frame n, whole, with a checksum that is right or partial; puts it back. */
static inline void check_frame(struct tarn *st, struct pkt *p, unsigned n, unsigned bytes)
{
    static uint8_t got[PKT_MAX_BYTES];

    CHECK(p != NULL);
    CHECK_EQ(pkt_len(p), HEADERS_BYTES + bytes);
    CHECK_EQ(pkt_copy_out(st, p, 0, got, sizeof got), HEADERS_BYTES + bytes);
    for (unsigned i = 0; i < bytes; i++)
        if (got[HEADERS_BYTES + i] != pattern(n, i))
            test_fail(__FILE__, __LINE__, "frame %u differs at payload byte %u", n, i);
    if (p->csum == PKT_CSUM_NONE)
        CHECK_EQ(tcp_sum(got, HEADERS_BYTES + bytes), 0xffff);
    pkt_put(st, p);
}

#endif
