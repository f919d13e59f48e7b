/* wire/icmp.c - ICMP for IPv4. */
#include "wire/icmp.h"

#include "base/bytes.h"
#include "base/sum.h"

enum { CHECKSUM_AT = 2 };

static bool has_id(uint8_t type)
{
    return type == ICMP_ECHO || type == ICMP_ECHO_REPLY || type == ICMP_TIMESTAMP ||
           type == ICMP_TIMESTAMP_REPLY;
}

static bool has_mtu(const struct icmp_hdr *h)
{
    return h->type == ICMP_UNREACHABLE && h->code == ICMP_FRAG_NEEDED;
}

bool icmp_is_error(uint8_t type)
{
    return type == ICMP_UNREACHABLE || type == ICMP_SOURCE_QUENCH || type == ICMP_REDIRECT ||
           type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETER_PROBLEM;
}

enum wire_err icmp_parse(struct icmp_hdr *out, const uint8_t *p, size_t n)
{
    if (n < ICMP_HEADER_BYTES)
        return WIRE_ICMP_SHORT;
    *out = (struct icmp_hdr){.type = p[0], .code = p[1], .checksum = load_be16(p + CHECKSUM_AT)};
    if (has_id(out->type)) {
        out->id = load_be16(p + 4);
        out->seq = load_be16(p + 6);
    } else if (has_mtu(out)) {
        out->mtu = load_be16(p + 6);
    } else if (out->type == ICMP_PARAMETER_PROBLEM) {
        out->pointer = p[4];
    } else if (out->type == ICMP_REDIRECT) {
        out->gateway = load_be32(p + 4);
    }
    return WIRE_OK;
}

size_t icmp_build(uint8_t *p, const struct icmp_hdr *h, uint32_t payload_sum)
{
    memset(p, 0, ICMP_HEADER_BYTES);
    p[0] = h->type;
    p[1] = h->code;
    if (has_id(h->type)) {
        store_be16(p + 4, h->id);
        store_be16(p + 6, h->seq);
    } else if (has_mtu(h)) {
        store_be16(p + 6, h->mtu);
    } else if (h->type == ICMP_PARAMETER_PROBLEM) {
        p[4] = h->pointer;
    } else if (h->type == ICMP_REDIRECT) {
        store_be32(p + 4, h->gateway);
    }
    store_be16(p + CHECKSUM_AT, sum_finish(sum_partial(p, ICMP_HEADER_BYTES, payload_sum)));
    return ICMP_HEADER_BYTES;
}
