/* tests/unit/rig.h - a stack with one Ethernet port for a test to hold: frames in, frames out, and
 * two of them joined by a wire, in virtual time. */
#ifndef TARN_TESTS_UNIT_RIG_H
#define TARN_TESTS_UNIT_RIG_H

#include "base/bytes.h"
#include "base/sum.h"
#include "tarn/tarn.h"
#include "tests/unit/test.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/udp.h"

#include <stdlib.h>

enum { RIG_ARENA = 16 * 1024 * 1024, RIG_PORT = 1, RIG_FRAME = 70000 };

#define RIG_MS UINT64_C(1000000)
#define RIG_S  UINT64_C(1000000000)

struct rig {
    struct tarn *st;
    void *mem;
    tarn_ns now;
    uint8_t mac[6];
    uint32_t ip;
};

/* A stack with address 10.0.0.`host`/24 on an Ethernet port `offload` can help (enum link_offload).
 * It makes no address of IPv6 by itself. */
static inline void rig_open_with(struct rig *r, uint8_t host, uint32_t offload,
                                 const struct tarn_config *cfg)
{
    struct tarn_port_info port = {
        .name = "tarn0", .mtu = 1500, .offload = offload, .carrier = true};
    struct tarn_address address = {.port = RIG_PORT};
    uint8_t seed[32] = {host};
    struct tarn_event ev;

    *r = (struct rig){.now = RIG_S, .mac = {2, 0, 0, 0, 0, host}, .ip = 0x0a000000u + host};
    r->mem = aligned_alloc(64, RIG_ARENA);
    CHECK(r->mem != NULL);
    memset(r->mem, 0, RIG_ARENA);
    CHECK_EQ(tarn_init(&r->st, r->mem, RIG_ARENA, cfg, seed, r->now), 0);
    CHECK_EQ(tarn_param_set(r->st, "ip6.autoconf", 0), 0);
    memcpy(port.mac, r->mac, 6);
    CHECK_EQ(tarn_port_add(r->st, &port, NULL), RIG_PORT);
    port.up = true;
    CHECK_EQ(tarn_port_set(r->st, RIG_PORT, &port, r->now, NULL), 0);
    address.prefix = (struct tarn_prefix){.ip = tarn_ip4(r->ip), .len = 96 + 24};
    CHECK_EQ(tarn_address_add(r->st, &address, r->now, NULL), 0);
    while (tarn_event(r->st, &ev)) /* all this is no news to the test */
        ;
}

static inline void rig_open(struct rig *r, uint8_t host)
{
    rig_open_with(r, host, 0, NULL);
}

static inline void rig_close(struct rig *r)
{
    free(r->mem);
}

/* A frame from the wire. */
static inline void rig_input(struct rig *r, const void *frame, size_t n)
{
    struct pkt *p = pkt_rx_get(r->st, n);
    struct tarn_iov iov[2];
    unsigned pieces;
    size_t at = 0;

    CHECK(p != NULL);
    pieces = pkt_rx_iov(r->st, p, iov);
    for (unsigned i = 0; i < pieces; i++) {
        memcpy(iov[i].base, (const uint8_t *)frame + at, iov[i].len);
        at += iov[i].len;
    }
    pkt_rx_filled(r->st, p, n);
    tarn_input(r->st, RIG_PORT, p, r->now);
}

/* The next frame for the wire into buf; its length, 0: none. */
static inline size_t rig_output(struct rig *r, uint8_t buf[RIG_FRAME])
{
    struct pkt *p = tarn_output(r->st, RIG_PORT, r->now);
    size_t n;

    if (p == NULL)
        return 0;
    n = pkt_copy_out(r->st, p, 0, buf, RIG_FRAME);
    pkt_put(r->st, p);
    return n;
}

/* Forget what waits to be sent. */
static inline void rig_drain(struct rig *r)
{
    static uint8_t frame[RIG_FRAME];

    while (rig_output(r, frame) > 0)
        ;
}

/* The same stack after it has announced its address. */
static inline void rig_open_quiet(struct rig *r, uint8_t host)
{
    rig_open(r, host);
    rig_drain(r);
}

/* Let time pass, tick by tick. */
static inline void rig_wait(struct rig *r, tarn_ns ns)
{
    tarn_ns until = r->now + ns, due;

    while ((due = tarn_deadline(r->st)) <= until) {
        r->now = due > r->now ? due : r->now + 1;
        tarn_tick(r->st, r->now);
    }
    r->now = until;
    tarn_tick(r->st, r->now);
}

/* Every packet that one has to send into the other; how many. */
static inline unsigned rig_cross(struct rig *from, struct rig *to)
{
    struct pkt *p;
    unsigned n = 0;

    while ((p = tarn_output(from->st, RIG_PORT, from->now)) != NULL) {
        struct pkt *q = pkt_copy_to(from->st, p, to->st);

        pkt_put(from->st, p);
        CHECK(q != NULL);
        tarn_input(to->st, RIG_PORT, q, to->now);
        n++;
    }
    return n;
}

/* Both directions until nobody has anything more. */
static inline void rig_run(struct rig *a, struct rig *b)
{
    unsigned moved;

    do {
        tarn_tick(a->st, a->now);
        tarn_tick(b->st, b->now);
        moved = rig_cross(a, b) + rig_cross(b, a);
    } while (moved > 0);
}

static const uint8_t rig_peer_mac[6] = {2, 0, 0, 0, 0, 0x99};
static const uint8_t rig_everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
#define RIG_PEER_IP UINT32_C(0x0a000063)

/* Bytes of an Ethernet header from the peer. */
static inline size_t rig_eth(uint8_t *at, const uint8_t dst[6], uint16_t type)
{
    struct eth_hdr h = {.type = type};

    memcpy(h.dst, dst, 6);
    memcpy(h.src, rig_peer_mac, 6);
    return eth_build(at, &h);
}

/* An IPv4 frame from the peer to r, around n bytes of payload; its length. */
static inline size_t rig_ip4(const struct rig *r, uint8_t *frame, struct ip4_hdr h,
                             const void *payload, size_t n)
{
    size_t at = rig_eth(frame, r->mac, ETH_IP4);

    if (h.header_bytes == 0)
        h.header_bytes = IP4_HEADER_BYTES;
    if (h.ttl == 0)
        h.ttl = 64;
    if (h.src == 0)
        h.src = RIG_PEER_IP;
    if (h.dst == 0)
        h.dst = r->ip;
    h.total_bytes = (uint16_t)(h.header_bytes + n);
    at += ip4_build(frame + at, &h);
    if (n > 0)
        memcpy(frame + at, payload, n);
    return at + n;
}

/* The peer's answer to the question for its address, so that replies can leave. */
static inline void rig_introduce(struct rig *r)
{
    struct tarn_neigh n = {.ip = tarn_ip4(RIG_PEER_IP), .port = RIG_PORT};

    memcpy(n.mac, rig_peer_mac, 6);
    CHECK_EQ(tarn_neigh_set(r->st, &n, r->now, NULL), 0);
}

#endif
