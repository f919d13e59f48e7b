/* wire/ip6_ext.h - extension headers of IPv6 (RFC 8200 4): options, routing, fragment. */
#ifndef TARN_WIRE_IP6_EXT_H
#define TARN_WIRE_IP6_EXT_H

#include "wire/ip6.h"

#include <stdbool.h>

enum {
    IP6_EXT_UNIT = 8,      /* extension headers are multiples of it */
    IP6_EXT_MAX = 256 * 8, /* bytes of the longest */
    IP6_FRAGMENT_BYTES = 8,
    IP6_FRAGMENT_OFFSET_AT = 2 /* of the offset's field in a fragment header */
};

/* Is it an extension header that this program walks? Authentication and encryption are not: to us
 * they are transports that nobody has. */
static inline bool ip6_is_extension(uint8_t next)
{
    return next == IP6_HOP_BY_HOP || next == IP6_ROUTING || next == IP6_FRAGMENT ||
           next == IP6_DEST_OPTIONS;
}

/* What hop-by-hop, routing and destination options headers begin with. */
struct ip6_ext {
    uint8_t next;
    uint16_t bytes; /* the whole header */
    /* of a routing header */
    uint8_t routing_type, segments_left;
};

/* The header at p, where n bytes of the packet are left, of which at least 8 lie in one piece.
 * WIRE_IP6_EXTENSION: it is longer than what is left. */
enum wire_err ip6_ext_parse(struct ip6_ext *out, const uint8_t *p, size_t n);

/* Options walk. `at` begins at 2, behind next header and length; padding is passed over. BAD: an
 * option is longer than its header; nothing more is to be read. */
enum ip6_option_step { IP6_OPTION_END, IP6_OPTION_HERE, IP6_OPTION_BAD };

enum ip6_option_type { IP6_OPT_PAD1 = 0, IP6_OPT_PADN = 1, IP6_OPT_ROUTER_ALERT = 5 };

struct ip6_option {
    uint8_t type;
    uint8_t n;           /* bytes of data */
    uint16_t at;         /* where the type stands in the header */
    const uint8_t *data; /* in the header */
};

enum ip6_option_step ip6_option_next(const uint8_t *header, size_t header_bytes, size_t *at,
                                     struct ip6_option *out);

/* What to do with an option that is not known: the two high bits of its type (RFC 8200 4.2). */
enum ip6_option_action {
    IP6_UNKNOWN_SKIP,
    IP6_UNKNOWN_DISCARD,
    IP6_UNKNOWN_REPORT,        /* discard, and tell the source even if it was sent to a group */
    IP6_UNKNOWN_REPORT_UNICAST /* discard, and tell the source unless it was sent to a group */
};

static inline enum ip6_option_action ip6_option_action(uint8_t type)
{
    return (enum ip6_option_action)(type >> 6);
}

/* The fragment header (RFC 8200 4.5). */
struct ip6_fragment {
    uint8_t next;
    uint16_t frag_bytes; /* offset, a multiple of 8 */
    bool mf;
    uint32_t id;
};

/* Reads, writes IP6_FRAGMENT_BYTES. */
void ip6_fragment_parse(struct ip6_fragment *out, const uint8_t *p);
void ip6_fragment_build(uint8_t *p, const struct ip6_fragment *f);

#endif
