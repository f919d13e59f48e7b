/* wire/ip6.c - the fixed IPv6 header. */
#include "wire/ip6.h"

#include "base/bytes.h"
#include "base/sum.h"

enum { FLOW_MASK = 0xfffff };

enum wire_err ip6_parse(struct ip6_hdr *out, const uint8_t *p, size_t n, size_t packet_bytes)
{
    uint32_t word;

    if (n < IP6_HEADER_BYTES)
        return WIRE_IP6_SHORT;
    word = load_be32(p);
    *out = (struct ip6_hdr){
        .tclass = (uint8_t)(word >> 20),
        .flow = word & FLOW_MASK,
        .payload_bytes = load_be16(p + 4),
        .next = p[6],
        .hops = p[7],
    };
    memcpy(out->src, p + 8, sizeof out->src);
    memcpy(out->dst, p + 24, sizeof out->dst);
    if (word >> 28 != 6)
        return WIRE_IP6_VERSION;
    if (packet_bytes < IP6_HEADER_BYTES || out->payload_bytes > packet_bytes - IP6_HEADER_BYTES)
        return WIRE_IP6_LENGTH;
    return WIRE_OK;
}

size_t ip6_build(uint8_t *p, const struct ip6_hdr *h)
{
    struct writer w = wr_init(p, IP6_HEADER_BYTES);

    wr_u32(&w, UINT32_C(6) << 28 | (uint32_t)h->tclass << 20 | (h->flow & FLOW_MASK));
    wr_u16(&w, h->payload_bytes);
    wr_u8(&w, h->next);
    wr_u8(&w, h->hops);
    wr_bytes(&w, h->src, sizeof h->src);
    wr_bytes(&w, h->dst, sizeof h->dst);
    return IP6_HEADER_BYTES;
}

uint32_t ip6_pseudo_sum(const uint8_t src[16], const uint8_t dst[16], uint8_t next, uint32_t bytes)
{
    uint32_t acc = sum_partial(dst, 16, sum_partial(src, 16, next));

    return sum_add(acc, bytes);
}
