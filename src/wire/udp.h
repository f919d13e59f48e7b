/* wire/udp.h - the header of UDP (RFC 768) and UDP-Lite (RFC 3828). */
#ifndef TARN_WIRE_UDP_H
#define TARN_WIRE_UDP_H

#include "wire/err.h"

#include <stddef.h>
#include <stdint.h>

enum { UDP_HEADER_BYTES = 8, UDP_CHECKSUM_OFFSET = 6 };

struct udp_hdr {
    uint16_t src_port, dst_port;
    uint16_t bytes;    /* header and data; data behind it, inside the IP packet, is not UDP's.
                          UDP-Lite: how many of them the checksum covers */
    uint16_t checksum; /* as on the wire; 0 = the sender made none (IPv4 alone) */
};

/* The header at p, where n bytes lie in one piece, of `packet_bytes` that the IP packet holds.
 * WIRE_UDP_SHORT; WIRE_UDP_LENGTH: below 8 or over packet_bytes. The checksum is the caller's. */
enum wire_err udp_parse(struct udp_hdr *out, const uint8_t *p, size_t n, size_t packet_bytes);

/* The same of UDP-Lite (RFC 3828 3.1): `bytes` is the coverage, 0 = the whole packet.
 * WIRE_UDP_SHORT; WIRE_UDPLITE_COVERAGE: 1 to 7, or over packet_bytes. */
enum wire_err udplite_parse(struct udp_hdr *out, const uint8_t *p, size_t n, size_t packet_bytes);

/* The same of what an ICMP error quotes, of either kind: nothing but its fields. WIRE_UDP_SHORT. */
enum wire_err udp_parse_ports(struct udp_hdr *out, const uint8_t *p, size_t n);

/* Writes UDP_HEADER_BYTES with the checksum as it is given; returns that. */
size_t udp_build(uint8_t *p, const struct udp_hdr *h);

/* The checksum field for a sum over pseudo-header, header with field 0, and data: a computed 0 is
 * sent as all ones (RFC 768). */
uint16_t udp_checksum(uint32_t acc);

#endif
