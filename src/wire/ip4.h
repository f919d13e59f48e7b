/* wire/ip4.h - the IPv4 header and its options (RFC 791 3.1). */
#ifndef TARN_WIRE_IP4_H
#define TARN_WIRE_IP4_H

#include "wire/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IP4_HEADER_BYTES = 20, IP4_MAX_HEADER_BYTES = 60, IP4_OPTIONS_BYTES = 40 };

/* IANA protocol numbers that more than one codec needs. */
enum ip_proto {
    IP_PROTO_ICMP = 1,
    IP_PROTO_IGMP = 2,
    IP_PROTO_TCP = 6,
    IP_PROTO_UDP = 17,
    IP_PROTO_ICMP6 = 58
};

/* The two low bits of the traffic class (RFC 3168 5). */
enum ip_ecn { IP_ECN_NOT, IP_ECN_ECT1, IP_ECN_ECT0, IP_ECN_CE };

/* Which options a header carries. */
enum ip4_opt {
    IP4_OPT_SOURCE_ROUTE = 1, /* loose or strict */
    IP4_OPT_RECORD_ROUTE = 2,
    IP4_OPT_TIMESTAMP = 4,
    IP4_OPT_ROUTER_ALERT = 8, /* RFC 2113 */
    IP4_OPT_SECURITY = 16,    /* RFC 1108, and CIPSO */
    IP4_OPT_OTHER = 32        /* known by its length alone */
};

struct ip4_hdr {
    uint8_t tos; /* DSCP << 2 | ECN */
    uint8_t ttl, proto;
    uint8_t header_bytes; /* 20 to 60 */
    uint16_t total_bytes; /* header and payload */
    uint16_t id;
    uint16_t frag_bytes; /* offset of this fragment's payload, a multiple of 8 */
    bool df, mf;
    uint8_t options_seen; /* out: enum ip4_opt, or'ed */
    uint8_t bad_at;       /* out, with WIRE_IP4_OPTION: the byte of the header that is wrong */
    uint32_t src, dst;    /* host order */
    uint8_t options[IP4_OPTIONS_BYTES]; /* header_bytes - 20 of them, as on the wire */
};

/* The header at p, where n bytes lie in one piece, of a packet of `packet_bytes` in all (link
 * padding included: the packet ends at total_bytes). Checked: version, header length, total length,
 * that a fragment has payload, in units of 8 bytes unless it is the last, and ends below 65536, the
 * header checksum, and the form of every option. WIRE_IP4_SHORT, _VERSION, _HEADER_LENGTH,
 * _TOTAL_LENGTH, _CHECKSUM, _OPTION, _FRAGMENT. Which options are accepted is the caller's rule
 * (RFC 7126): see options_seen. */
enum wire_err ip4_parse(struct ip4_hdr *out, const uint8_t *p, size_t n, size_t packet_bytes);

/* The same for a header quoted in an ICMP error, of which n bytes are there: the payload may be cut
 * off, and checksum, fragment and options are not looked at (the path may have changed them). */
enum wire_err ip4_parse_quoted(struct ip4_hdr *out, const uint8_t *p, size_t n);

/* Writes the header with its checksum; returns header_bytes, which is a multiple of 4 from 20 to 60
 * (asserted). */
size_t ip4_build(uint8_t *p, const struct ip4_hdr *h);

/* Options walk: puts the next option of the list, from *at on, in *out and moves *at behind it.
 * NOPs are passed over. False at the end of the list. Meant for a header that ip4_parse() accepted;
 * in another one a malformed option ends the list. */
struct ip4_option {
    uint8_t type;
    uint8_t n;           /* bytes of data */
    const uint8_t *data; /* behind the length byte, inside the header */
};
bool ip4_option_next(const struct ip4_hdr *h, size_t *at, struct ip4_option *out);

/* Must the option be copied into every fragment (RFC 791 3.1)? */
static inline bool ip4_option_is_copied(uint8_t type)
{
    return (type & 0x80) != 0;
}

/* Writes to `out` (of 40 bytes) the options that fragments but the first carry, padded to a
 * multiple of 4; returns their length. */
size_t ip4_options_for_fragment(uint8_t *out, const struct ip4_hdr *h);

/* The sum of the pseudo-header of RFC 9293 3.1 and RFC 768: see base/sum.h. `bytes` counts the
 * transport's header and data. */
uint32_t ip4_pseudo_sum(uint32_t src, uint32_t dst, uint8_t proto, uint32_t bytes);

#endif
