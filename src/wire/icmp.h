/* wire/icmp.h - ICMP for IPv4: echo and errors (RFC 792, RFC 1191, RFC 1122 3.2.2). */
#ifndef TARN_WIRE_ICMP_H
#define TARN_WIRE_ICMP_H

#include "wire/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ICMP_HEADER_BYTES = 8 };

enum icmp_type {
    ICMP_ECHO_REPLY = 0,
    ICMP_UNREACHABLE = 3,
    ICMP_SOURCE_QUENCH = 4, /* deprecated, RFC 6633 */
    ICMP_REDIRECT = 5,
    ICMP_ECHO = 8,
    ICMP_TIME_EXCEEDED = 11,
    ICMP_PARAMETER_PROBLEM = 12,
    ICMP_TIMESTAMP = 13,
    ICMP_TIMESTAMP_REPLY = 14
};

/* Codes of ICMP_UNREACHABLE. */
enum icmp_unreachable {
    ICMP_NET = 0,
    ICMP_HOST = 1,
    ICMP_PROTOCOL = 2,
    ICMP_PORT = 3,
    ICMP_FRAG_NEEDED = 4,
    ICMP_SOURCE_ROUTE_FAILED = 5,
    ICMP_NET_PROHIBITED = 9,
    ICMP_HOST_PROHIBITED = 10,
    ICMP_ADMIN_PROHIBITED = 13
};

/* Codes of ICMP_TIME_EXCEEDED. */
enum icmp_time_exceeded { ICMP_TTL = 0, ICMP_REASSEMBLY = 1 };

struct icmp_hdr {
    uint8_t type, code;
    uint16_t checksum; /* as found; icmp_build() makes its own */
    uint16_t id, seq;  /* echo and timestamp */
    uint16_t mtu;      /* ICMP_FRAG_NEEDED: of the next hop, 0 = not told (RFC 1191 4) */
    uint8_t pointer;   /* ICMP_PARAMETER_PROBLEM: offset of the octet in question */
    uint32_t gateway;  /* ICMP_REDIRECT, host order */
};

/* The header at p, where n bytes lie in one piece. Fields that the type does not have are 0.
 * WIRE_ICMP_SHORT. The checksum is over the whole message and the caller's: sum_is_good() of
 * sum_partial(). */
enum wire_err icmp_parse(struct icmp_hdr *out, const uint8_t *p, size_t n);

/* Writes ICMP_HEADER_BYTES with the checksum of header and payload, whose partial sum is given (0 =
 * no payload); returns that. */
size_t icmp_build(uint8_t *p, const struct icmp_hdr *h, uint32_t payload_sum);

/* Does a message of this type report an error, and so quote the packet behind the header? */
bool icmp_is_error(uint8_t type);

#endif
