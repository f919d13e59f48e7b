/* wire/ip4.c - the IPv4 header and its options. */
#include "wire/ip4.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "base/sum.h"

enum { FLAG_DF = 0x4000, FLAG_MF = 0x2000, FRAG_UNITS = 0x1fff, CHECKSUM_AT = 10 };

/* Option types whole: copied flag, class and number (RFC 791 3.1). */
enum {
    TYPE_END = 0,
    TYPE_NOP = 1,
    TYPE_RECORD_ROUTE = 7,
    TYPE_TIMESTAMP = 68,
    TYPE_SECURITY = 130,
    TYPE_LOOSE_ROUTE = 131,
    TYPE_CIPSO = 134,
    TYPE_STRICT_ROUTE = 137,
    TYPE_ROUTER_ALERT = 148
};

/* The fields of a header whose version and length are known to be right. */
static void read_fields(struct ip4_hdr *out, const uint8_t *p)
{
    uint16_t fragment = load_be16(p + 6);

    *out = (struct ip4_hdr){
        .tos = p[1],
        .ttl = p[8],
        .proto = p[9],
        .header_bytes = (uint8_t)((p[0] & 15) * 4),
        .total_bytes = load_be16(p + 2),
        .id = load_be16(p + 4),
        .frag_bytes = (uint16_t)((fragment & FRAG_UNITS) * 8),
        .df = (fragment & FLAG_DF) != 0,
        .mf = (fragment & FLAG_MF) != 0,
        .src = load_be32(p + 12),
        .dst = load_be32(p + 16),
    };
    memcpy(out->options, p + IP4_HEADER_BYTES, out->header_bytes - (size_t)IP4_HEADER_BYTES);
}

/* Version, header length and total length, which say whether the rest can be read. */
static enum wire_err check_lengths(const uint8_t *p, size_t n, size_t packet_bytes)
{
    size_t header_bytes;

    if (n < IP4_HEADER_BYTES)
        return WIRE_IP4_SHORT;
    if (p[0] >> 4 != 4)
        return WIRE_IP4_VERSION;
    header_bytes = (p[0] & 15u) * 4;
    if (header_bytes < IP4_HEADER_BYTES || header_bytes > n)
        return WIRE_IP4_HEADER_LENGTH;
    if (load_be16(p + 2) < header_bytes || load_be16(p + 2) > packet_bytes)
        return WIRE_IP4_TOTAL_LENGTH;
    return WIRE_OK;
}

/* A fragment that no datagram of at most 65535 bytes can hold, or that adds nothing to one. */
static bool is_bad_fragment(const struct ip4_hdr *h)
{
    unsigned payload = (unsigned)(h->total_bytes - h->header_bytes);

    if (!h->mf && h->frag_bytes == 0)
        return false;
    return payload == 0 || (h->mf && payload % 8 != 0) ||
           h->frag_bytes + h->total_bytes > UINT16_MAX;
}

static enum ip4_opt kind_of(uint8_t type)
{
    switch (type) {
    case TYPE_LOOSE_ROUTE:
    case TYPE_STRICT_ROUTE: return IP4_OPT_SOURCE_ROUTE;
    case TYPE_RECORD_ROUTE: return IP4_OPT_RECORD_ROUTE;
    case TYPE_TIMESTAMP: return IP4_OPT_TIMESTAMP;
    case TYPE_ROUTER_ALERT: return IP4_OPT_ROUTER_ALERT;
    case TYPE_SECURITY:
    case TYPE_CIPSO: return IP4_OPT_SECURITY;
    default: return IP4_OPT_OTHER;
    }
}

/* Which byte of an option of this kind has not the form that RFC 791 3.1 and RFC 2113 give it: its
 * length (1) or its pointer (2); 0: it is well-formed. Pointers count from the option's first byte,
 * so the smallest legal one is behind the pointer itself. */
static unsigned wrong_byte(enum ip4_opt kind, const struct ip4_option *o)
{
    enum { GOOD, LENGTH, POINTER };

    switch (kind) {
    case IP4_OPT_SOURCE_ROUTE:
    case IP4_OPT_RECORD_ROUTE:
        if (o->n < 1)
            return LENGTH;
        return o->data[0] < 4 ? POINTER : GOOD;
    case IP4_OPT_TIMESTAMP:
        if (o->n < 2)
            return LENGTH;
        return o->data[0] < 5 ? POINTER : GOOD;
    case IP4_OPT_ROUTER_ALERT: return o->n != 2 ? LENGTH : GOOD;
    default: return GOOD;
    }
}

/* Bytes of the option at p, which is neither END nor NOP, of n that are left; 0 when it does not
 * fit. */
static size_t option_bytes(const uint8_t *p, size_t n)
{
    return n >= 2 && p[1] >= 2 && p[1] <= n ? p[1] : 0;
}

bool ip4_option_next(const struct ip4_hdr *h, size_t *at, struct ip4_option *out)
{
    size_t end = (size_t)h->header_bytes - IP4_HEADER_BYTES;

    while (*at < end && h->options[*at] == TYPE_NOP)
        ++*at;
    if (*at < end && h->options[*at] != TYPE_END) {
        const uint8_t *p = h->options + *at;
        size_t n = option_bytes(p, end - *at);

        if (n != 0) {
            *out = (struct ip4_option){.type = p[0], .n = (uint8_t)(n - 2), .data = p + 2};
            *at += n;
            return true;
        }
    }
    return false;
}

/* Every option is well-formed, and those that may appear once do. Sets options_seen, or bad_at. */
static bool check_options(struct ip4_hdr *h)
{
    size_t at = 0, end = (size_t)h->header_bytes - IP4_HEADER_BYTES;
    struct ip4_option o;

    while (ip4_option_next(h, &at, &o)) {
        enum ip4_opt kind = kind_of(o.type);
        unsigned wrong = wrong_byte(kind, &o);

        h->bad_at = (uint8_t)(IP4_HEADER_BYTES + at - (o.n + 2u) + wrong);
        if (wrong != 0 || (kind != IP4_OPT_OTHER && (h->options_seen & kind) != 0))
            return false;
        h->options_seen = (uint8_t)(h->options_seen | kind);
    }
    h->bad_at = (uint8_t)(IP4_HEADER_BYTES + at);
    return at == end || h->options[at] == TYPE_END;
}

enum wire_err ip4_parse(struct ip4_hdr *out, const uint8_t *p, size_t n, size_t packet_bytes)
{
    enum wire_err err = check_lengths(p, n, packet_bytes);

    if (err != WIRE_OK)
        return err;
    read_fields(out, p);
    if (!sum_is_good(sum_partial(p, out->header_bytes, 0)))
        return WIRE_IP4_CHECKSUM;
    if (out->header_bytes > IP4_HEADER_BYTES && !check_options(out))
        return WIRE_IP4_OPTION;
    return is_bad_fragment(out) ? WIRE_IP4_FRAGMENT : WIRE_OK;
}

enum wire_err ip4_parse_quoted(struct ip4_hdr *out, const uint8_t *p, size_t n)
{
    enum wire_err err = check_lengths(p, n, SIZE_MAX);

    if (err == WIRE_OK)
        read_fields(out, p);
    return err;
}

size_t ip4_build(uint8_t *p, const struct ip4_hdr *h)
{
    struct writer w = wr_init(p, h->header_bytes);
    unsigned fragment = h->frag_bytes / 8u;

    tarn_assert(h->header_bytes % 4 == 0 && h->header_bytes >= IP4_HEADER_BYTES &&
                h->header_bytes <= IP4_MAX_HEADER_BYTES);
    fragment |= (h->df ? FLAG_DF : 0u) | (h->mf ? FLAG_MF : 0u);
    wr_u8(&w, (uint8_t)(4 << 4 | h->header_bytes / 4));
    wr_u8(&w, h->tos);
    wr_u16(&w, h->total_bytes);
    wr_u16(&w, h->id);
    wr_u16(&w, (uint16_t)fragment);
    wr_u8(&w, h->ttl);
    wr_u8(&w, h->proto);
    wr_u16(&w, 0);
    wr_u32(&w, h->src);
    wr_u32(&w, h->dst);
    wr_bytes(&w, h->options, w.left);
    store_be16(p + CHECKSUM_AT, sum_finish(sum_partial(p, h->header_bytes, 0)));
    return h->header_bytes;
}

size_t ip4_options_for_fragment(uint8_t *out, const struct ip4_hdr *h)
{
    struct writer w = wr_init(out, IP4_OPTIONS_BYTES);
    struct ip4_option o;
    size_t at = 0;

    while (ip4_option_next(h, &at, &o))
        if (ip4_option_is_copied(o.type))
            wr_bytes(&w, o.data - 2, o.n + (size_t)2);
    while ((w.at - out) % 4 != 0)
        wr_u8(&w, TYPE_END);
    return (size_t)(w.at - out);
}

uint32_t ip4_pseudo_sum(uint32_t src, uint32_t dst, uint8_t proto, uint32_t bytes)
{
    return (src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) + proto + (bytes >> 16) +
           (bytes & 0xffff);
}
