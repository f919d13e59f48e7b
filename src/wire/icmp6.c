/* wire/icmp6.c - ICMP for IPv6. */
#include "wire/icmp6.h"

#include "base/bytes.h"
#include "base/sum.h"
#include "wire/ip4.h"

static bool is_echo(uint8_t type)
{
    return type == ICMP6_ECHO || type == ICMP6_ECHO_REPLY;
}

static bool has_info(uint8_t type)
{
    return type == ICMP6_PACKET_TOO_BIG || type == ICMP6_PARAMETER_PROBLEM;
}

enum wire_err icmp6_parse(struct icmp6_hdr *out, const uint8_t *p, size_t n)
{
    if (n < ICMP6_HEADER_BYTES)
        return WIRE_ICMP_SHORT;
    *out = (struct icmp6_hdr){
        .type = p[0], .code = p[1], .checksum = load_be16(p + ICMP6_CHECKSUM_AT)};
    if (is_echo(out->type)) {
        out->id = load_be16(p + 4);
        out->seq = load_be16(p + 6);
    } else if (has_info(out->type)) {
        out->info = load_be32(p + 4);
    }
    return WIRE_OK;
}

size_t icmp6_build(uint8_t *p, const struct icmp6_hdr *h, uint32_t rest_sum)
{
    memset(p, 0, ICMP6_HEADER_BYTES);
    p[0] = h->type;
    p[1] = h->code;
    if (is_echo(h->type)) {
        store_be16(p + 4, h->id);
        store_be16(p + 6, h->seq);
    } else if (has_info(h->type)) {
        store_be32(p + 4, h->info);
    }
    store_be16(p + ICMP6_CHECKSUM_AT, sum_finish(sum_partial(p, ICMP6_HEADER_BYTES, rest_sum)));
    return ICMP6_HEADER_BYTES;
}

void icmp6_finish(uint8_t *p, size_t n, const uint8_t src[16], const uint8_t dst[16])
{
    uint32_t sum = ip6_pseudo_sum(src, dst, IP_PROTO_ICMP6, (uint32_t)n);

    store_be16(p + ICMP6_CHECKSUM_AT, sum_finish(sum_partial(p, n, sum)));
}

/* Is it a header that others follow? */
static bool is_extension(uint8_t next)
{
    return next == IP6_HOP_BY_HOP || next == IP6_ROUTING || next == IP6_FRAGMENT ||
           next == IP6_AUTHENTICATION || next == IP6_DEST_OPTIONS;
}

/* Bytes of the one of type `next` at p. Authentication counts in words (RFC 4302 2.2). */
static size_t extension_bytes(uint8_t next, const uint8_t *p)
{
    if (next == IP6_FRAGMENT)
        return 8;
    return next == IP6_AUTHENTICATION ? ((size_t)p[1] + 2) * 4 : ((size_t)p[1] + 1) * 8;
}

bool icmp6_parse_quote(struct icmp6_quote *out, const uint8_t *p, size_t n)
{
    size_t at = IP6_HEADER_BYTES;

    *out = (struct icmp6_quote){0};
    if (ip6_parse(&out->ip, p, n, SIZE_MAX) != WIRE_OK)
        return false;
    out->proto = out->ip.next;
    while (is_extension(out->proto) && !out->later) {
        size_t bytes = n - at >= 8 ? extension_bytes(out->proto, p + at) : SIZE_MAX;

        if (bytes > n - at)
            return false;
        out->later = out->proto == IP6_FRAGMENT && load_be16(p + at + 2) >> 3 != 0;
        out->proto = p[at];
        at += bytes;
    }
    out->header_bytes = (uint32_t)at;
    return at < n;
}
