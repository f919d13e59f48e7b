/* wire/udp.c - the header of UDP and UDP-Lite. */
#include "wire/udp.h"

#include "base/bytes.h"
#include "base/sum.h"

enum wire_err udp_parse_ports(struct udp_hdr *out, const uint8_t *p, size_t n)
{
    if (n < UDP_HEADER_BYTES)
        return WIRE_UDP_SHORT;
    *out = (struct udp_hdr){
        .src_port = load_be16(p),
        .dst_port = load_be16(p + 2),
        .bytes = load_be16(p + 4),
        .checksum = load_be16(p + UDP_CHECKSUM_OFFSET),
    };
    return WIRE_OK;
}

enum wire_err udp_parse(struct udp_hdr *out, const uint8_t *p, size_t n, size_t packet_bytes)
{
    if (udp_parse_ports(out, p, n) != WIRE_OK)
        return WIRE_UDP_SHORT;
    return out->bytes < UDP_HEADER_BYTES || out->bytes > packet_bytes ? WIRE_UDP_LENGTH : WIRE_OK;
}

enum wire_err udplite_parse(struct udp_hdr *out, const uint8_t *p, size_t n, size_t packet_bytes)
{
    if (udp_parse_ports(out, p, n) != WIRE_OK)
        return WIRE_UDP_SHORT;
    if (out->bytes == 0)
        return WIRE_OK;
    return out->bytes < UDP_HEADER_BYTES || out->bytes > packet_bytes ? WIRE_UDPLITE_COVERAGE
                                                                      : WIRE_OK;
}

size_t udp_build(uint8_t *p, const struct udp_hdr *h)
{
    store_be16(p, h->src_port);
    store_be16(p + 2, h->dst_port);
    store_be16(p + 4, h->bytes);
    store_be16(p + UDP_CHECKSUM_OFFSET, h->checksum);
    return UDP_HEADER_BYTES;
}

uint16_t udp_checksum(uint32_t acc)
{
    uint16_t field = sum_finish(acc);

    return field != 0 ? field : 0xffff;
}
