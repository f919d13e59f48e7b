/* wire/udp.h - the UDP header (RFC 768). */
#ifndef TARN_WIRE_UDP_H
#define TARN_WIRE_UDP_H

#include "wire/err.h"

#include <stddef.h>
#include <stdint.h>

enum { UDP_HEADER_BYTES = 8, UDP_CHECKSUM_OFFSET = 6 };

struct udp_hdr {
    uint16_t src_port, dst_port;
    uint16_t bytes;    /* header and data; data behind it, inside the IP packet, is not UDP's */
    uint16_t checksum; /* as on the wire; 0 = the sender made none (IPv4 alone) */
};

/* The header at p, where n bytes lie in one piece, of `packet_bytes` that the IP packet holds.
 * WIRE_UDP_SHORT; WIRE_UDP_LENGTH: below 8 or over packet_bytes. The checksum is the caller's. */
enum wire_err udp_parse(struct udp_hdr *out, const uint8_t *p, size_t n, size_t packet_bytes);

/* Writes UDP_HEADER_BYTES with the checksum as it is given; returns that. */
size_t udp_build(uint8_t *p, const struct udp_hdr *h);

/* The checksum field for a sum over pseudo-header, header with field 0, and data: a computed 0 is
 * sent as all ones (RFC 768). */
uint16_t udp_checksum(uint32_t acc);

#endif
