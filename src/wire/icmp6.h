/* wire/icmp6.h - ICMP for IPv6: echo and errors (RFC 4443); the numbers of what other layers read
 * of it (RFC 4861, RFC 9777). */
#ifndef TARN_WIRE_ICMP6_H
#define TARN_WIRE_ICMP6_H

#include "wire/ip6.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Type, code, checksum and the four bytes that every message has behind them. */
enum { ICMP6_HEADER_BYTES = 8, ICMP6_CHECKSUM_AT = 2 };

/* Those below 128 report errors (RFC 4443 2.1). */
enum icmp6_type {
    ICMP6_UNREACHABLE = 1,
    ICMP6_PACKET_TOO_BIG = 2,
    ICMP6_TIME_EXCEEDED = 3,
    ICMP6_PARAMETER_PROBLEM = 4,
    ICMP6_ECHO = 128,
    ICMP6_ECHO_REPLY = 129,
    ICMP6_MLD_QUERY = 130,
    ICMP6_MLD_REPORT = 131, /* of version 1 */
    ICMP6_MLD_DONE = 132,   /* of version 1 */
    ICMP6_ROUTER_SOLICIT = 133,
    ICMP6_ROUTER_ADVERT = 134,
    ICMP6_NEIGH_SOLICIT = 135,
    ICMP6_NEIGH_ADVERT = 136,
    ICMP6_REDIRECT = 137,
    ICMP6_MLD2_REPORT = 143
};

/* Codes of ICMP6_UNREACHABLE. */
enum icmp6_unreachable {
    ICMP6_NO_ROUTE = 0,
    ICMP6_PROHIBITED = 1,
    ICMP6_SCOPE = 2,
    ICMP6_ADDRESS = 3,
    ICMP6_PORT = 4,
    ICMP6_SOURCE_POLICY = 5,
    ICMP6_REJECT_ROUTE = 6
};

/* Codes of ICMP6_TIME_EXCEEDED. */
enum icmp6_time_exceeded { ICMP6_HOPS = 0, ICMP6_REASSEMBLY = 1 };

/* Codes of ICMP6_PARAMETER_PROBLEM; the last is RFC 7112's. */
enum icmp6_problem {
    ICMP6_BAD_FIELD = 0,
    ICMP6_BAD_NEXT_HEADER = 1,
    ICMP6_BAD_OPTION = 2,
    ICMP6_BAD_FIRST_FRAGMENT = 3
};

struct icmp6_hdr {
    uint8_t type, code;
    uint16_t checksum; /* as found; icmp6_build() makes its own */
    uint16_t id, seq;  /* echo */
    uint32_t info;     /* ICMP6_PACKET_TOO_BIG: MTU of the next hop; ICMP6_PARAMETER_PROBLEM: the
                          offset of the octet in question */
};

/* The header at p, where n bytes lie in one piece. Fields that the type does not have are 0.
 * WIRE_ICMP_SHORT. The checksum is over pseudo-header and message, and the caller's. */
enum wire_err icmp6_parse(struct icmp6_hdr *out, const uint8_t *p, size_t n);

/* Writes ICMP6_HEADER_BYTES with the checksum of header and what else is summed: `rest_sum` is the
 * partial sum of pseudo-header and payload. Returns that many. */
size_t icmp6_build(uint8_t *p, const struct icmp6_hdr *h, uint32_t rest_sum);

/* Writes the checksum of a message of n bytes that was built with 0 for one. */
void icmp6_finish(uint8_t *p, size_t n, const uint8_t src[16], const uint8_t dst[16]);

/* The packet that an error quotes: its header, and what its extension headers lead to. */
struct icmp6_quote {
    struct ip6_hdr ip;
    uint8_t proto;         /* the first header that is none of IPv6's own */
    bool later;            /* a fragment that does not begin with that header */
    uint32_t header_bytes; /* up to it */
};

/* The quoted packet at p, of which n bytes lie in one piece. It may be cut anywhere: false when
 * that is before the first byte of the transport header, or when it is no packet. */
bool icmp6_parse_quote(struct icmp6_quote *out, const uint8_t *p, size_t n);

/* Does a message of this type report an error, and so quote the packet behind the header? */
static inline bool icmp6_is_error(uint8_t type)
{
    return type < 128;
}

#endif
