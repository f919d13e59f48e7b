/* wire/eth.h - the Ethernet II header with up to two tags (IEEE 802.3 3.1.1, 802.1Q 9.3). */
#ifndef TARN_WIRE_ETH_H
#define TARN_WIRE_ETH_H

#include "wire/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ETH_ADDR_BYTES = 6,
    ETH_HEADER_BYTES = 14,
    ETH_TAG_BYTES = 4,
    ETH_MAX_TAGS = 2,
    ETH_MAX_BYTES = ETH_HEADER_BYTES + ETH_MAX_TAGS * ETH_TAG_BYTES,
    ETH_MIN_FRAME = 60 /* without the frame check sequence */
};

enum eth_type {
    ETH_TYPE_MIN = 0x0600, /* below: a length (802.3), not a type */
    ETH_IP4 = 0x0800,
    ETH_ARP = 0x0806,
    ETH_VLAN = 0x8100,
    ETH_IP6 = 0x86dd,
    ETH_QINQ = 0x88a8
};

/* A tag: its protocol (ETH_VLAN or ETH_QINQ) and its control information. */
struct eth_tag {
    uint16_t type;
    uint16_t tci;
};

enum { ETH_TCI_VID = 0x0fff, ETH_TCI_DEI = 0x1000, ETH_TCI_PCP_SHIFT = 13 };

struct eth_hdr {
    uint8_t dst[ETH_ADDR_BYTES], src[ETH_ADDR_BYTES];
    uint16_t type; /* of the payload, behind all tags */
    uint8_t n_tags;
    uint8_t header_bytes;             /* out: 14 + 4 * n_tags */
    struct eth_tag tag[ETH_MAX_TAGS]; /* outermost first */
};

/* The header at p, of n bytes there. WIRE_ETH_SHORT; WIRE_ETH_VLAN: more than two tags. */
enum wire_err eth_parse(struct eth_hdr *out, const uint8_t *p, size_t n);

/* Bytes that eth_build() writes. */
static inline size_t eth_bytes(const struct eth_hdr *h)
{
    return ETH_HEADER_BYTES + (size_t)h->n_tags * ETH_TAG_BYTES;
}

/* Writes the header, at most ETH_MAX_BYTES; returns its length. n_tags <= 2 (asserted). */
size_t eth_build(uint8_t *p, const struct eth_hdr *h);

/* A group address: multicast or broadcast. */
static inline bool eth_is_group(const uint8_t a[ETH_ADDR_BYTES])
{
    return (a[0] & 1) != 0;
}

static inline bool eth_is_broadcast(const uint8_t a[ETH_ADDR_BYTES])
{
    return (a[0] & a[1] & a[2] & a[3] & a[4] & a[5]) == 0xff;
}

#endif
