/* wire/patch.h - fields of a built header changed in place, by who forwards or cuts packets.
 *
 * Checksums of the header itself are kept right (RFC 1624); a transport's is the caller's. */
#ifndef TARN_WIRE_PATCH_H
#define TARN_WIRE_PATCH_H

#include "base/bytes.h"
#include "base/sum.h"
#include "wire/tcp.h"

enum {
    IP4_TOTAL_AT = 2,
    IP4_ID_AT = 4,
    IP4_FRAGMENT_AT = 6,
    IP4_TTL_AT = 8,
    IP4_PROTO_AT = 9,
    IP4_CHECKSUM_AT = 10,
    IP4_SRC_AT = 12,
    IP4_DST_AT = 16,
    IP6_PAYLOAD_AT = 4,
    TCP_SEQ_AT = 4,
    TCP_DATA_OFFSET_AT = 12,
    TCP_FLAGS_AT = 13,
    UDP_BYTES_AT = 4
};

enum { IP4_FLAG_DF = 0x4000 };

/* The 16-bit word at `at` of an IPv4 header. */
static inline void ip4_patch16(uint8_t *ip, unsigned at, uint16_t to)
{
    uint16_t sum = load_be16(ip + IP4_CHECKSUM_AT);

    store_be16(ip + IP4_CHECKSUM_AT, sum_update16(sum, load_be16(ip + at), to));
    store_be16(ip + at, to);
}

static inline void ip4_patch_total(uint8_t *ip, uint16_t total_bytes)
{
    ip4_patch16(ip, IP4_TOTAL_AT, total_bytes);
}

/* The header of a fragment, or of a super-packet, becomes that of the whole. */
static inline void ip4_patch_whole(uint8_t *ip, uint32_t total_bytes)
{
    ip4_patch_total(ip, total_bytes <= UINT16_MAX ? (uint16_t)total_bytes : UINT16_MAX);
    ip4_patch16(ip, IP4_FRAGMENT_AT, load_be16(ip + IP4_FRAGMENT_AT) & IP4_FLAG_DF);
}

static inline void ip4_patch_id(uint8_t *ip, uint16_t id)
{
    ip4_patch16(ip, IP4_ID_AT, id);
}

static inline uint16_t ip4_id(const uint8_t *ip)
{
    return load_be16(ip + IP4_ID_AT);
}

/* One hop less to live; the caller has seen that there is one. */
static inline void ip4_patch_ttl(uint8_t *ip)
{
    ip4_patch16(ip, IP4_TTL_AT, (uint16_t)(load_be16(ip + IP4_TTL_AT) - 0x100));
}

static inline void ip6_patch_payload(uint8_t *ip, uint16_t payload_bytes)
{
    store_be16(ip + IP6_PAYLOAD_AT, payload_bytes);
}

static inline unsigned tcp_header_bytes(const uint8_t *tcp)
{
    return (unsigned)(tcp[TCP_DATA_OFFSET_AT] >> 4) * 4;
}

/* Move the segment `bytes` further in the stream, and take flags away. */
static inline void tcp_patch_segment(uint8_t *tcp, uint32_t bytes, uint8_t flags_off)
{
    store_be32(tcp + TCP_SEQ_AT, load_be32(tcp + TCP_SEQ_AT) + bytes);
    tcp[TCP_FLAGS_AT] &= (uint8_t)~flags_off;
}

static inline void udp_patch_bytes(uint8_t *udp, uint16_t bytes)
{
    store_be16(udp + UDP_BYTES_AT, bytes);
}

#endif
