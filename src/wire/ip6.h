/* wire/ip6.h - the fixed IPv6 header (RFC 8200 3) and its pseudo-header (8.1). */
#ifndef TARN_WIRE_IP6_H
#define TARN_WIRE_IP6_H

#include "wire/err.h"

#include <stddef.h>
#include <stdint.h>

enum { IP6_HEADER_BYTES = 40, IP6_MIN_MTU = 1280, IP6_NEXT_AT = 6, IP6_HOPS_AT = 7 };

/* Next-header values of extension headers. */
enum ip6_next {
    IP6_HOP_BY_HOP = 0,
    IP6_ROUTING = 43,
    IP6_FRAGMENT = 44,
    IP6_AUTHENTICATION = 51,
    IP6_NO_NEXT = 59,
    IP6_DEST_OPTIONS = 60
};

struct ip6_hdr {
    uint8_t tclass; /* DSCP << 2 | ECN */
    uint8_t next, hops;
    uint32_t flow; /* 20 bits */
    uint16_t payload_bytes;
    uint8_t src[16], dst[16];
};

/* The header at p, where n bytes lie in one piece, of a packet of `packet_bytes` in all.
 * WIRE_IP6_SHORT, WIRE_IP6_VERSION, WIRE_IP6_LENGTH (the payload is longer than the packet). */
enum wire_err ip6_parse(struct ip6_hdr *out, const uint8_t *p, size_t n, size_t packet_bytes);

/* Writes IP6_HEADER_BYTES; returns that. */
size_t ip6_build(uint8_t *p, const struct ip6_hdr *h);

/* See ip4_pseudo_sum(). */
uint32_t ip6_pseudo_sum(const uint8_t src[16], const uint8_t dst[16], uint8_t next, uint32_t bytes);

#endif
