/* tarn/addr.h - addresses: one form for both families.
 *
 * An address is 16 bytes in network order; IPv4 is kept as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so
 * there is one socket table, one flow table and one rule matcher. A mapped address never appears on
 * the wire as IPv6. */
#ifndef TARN_ADDR_H
#define TARN_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct tarn_ip {
    uint8_t b[16];
};

/* An end of a conversation. `zone` says which link a link-local address is meant on: the
 * interface's index + 1, as Linux numbers them (lo is 1); 0 for every other address, and where it
 * is not known (RFC 4007 6). */
struct tarn_addr {
    struct tarn_ip ip;
    uint32_t zone;
    uint16_t port; /* host order */
};

/* A network: `len` counts bits of the 16-byte form, so IPv4's /24 is 120. */
struct tarn_prefix {
    struct tarn_ip ip;
    uint8_t len;
};

static inline struct tarn_ip tarn_ip4(uint32_t host_order)
{
    struct tarn_ip ip = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (uint8_t)(host_order >> 24),
                          (uint8_t)(host_order >> 16), (uint8_t)(host_order >> 8),
                          (uint8_t)host_order}};
    return ip;
}

static inline bool tarn_ip_is4(const struct tarn_ip *ip)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    return memcmp(ip->b, mapped, 12) == 0;
}

/* The IPv4 address in host order; meaningful only if tarn_ip_is4(). */
static inline uint32_t tarn_ip_to4(const struct tarn_ip *ip)
{
    return (uint32_t)ip->b[12] << 24 | (uint32_t)ip->b[13] << 16 | (uint32_t)ip->b[14] << 8 |
           ip->b[15];
}

static inline bool tarn_ip_equal(const struct tarn_ip *a, const struct tarn_ip *b)
{
    return memcmp(a->b, b->b, 16) == 0;
}

/* The unspecified address of either family: ::, or 0.0.0.0 mapped. */
static inline bool tarn_ip_is_any(const struct tarn_ip *ip)
{
    static const struct tarn_ip any6 = {{0}};

    return tarn_ip_is4(ip) ? tarn_ip_to4(ip) == 0 : tarn_ip_equal(ip, &any6);
}

static inline bool tarn_ip_is_loopback(const struct tarn_ip *ip)
{
    static const struct tarn_ip one = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

    return tarn_ip_is4(ip) ? ip->b[12] == 127 : tarn_ip_equal(ip, &one);
}

static inline bool tarn_ip_is_multicast(const struct tarn_ip *ip)
{
    return tarn_ip_is4(ip) ? ip->b[12] >> 4 == 14 : ip->b[0] == 0xff;
}

/* fe80::/10 (RFC 4291 2.5.6) or 169.254/16 (RFC 3927): good on one link only. */
static inline bool tarn_ip_is_link_local(const struct tarn_ip *ip)
{
    return tarn_ip_is4(ip) ? ip->b[12] == 169 && ip->b[13] == 254
                           : ip->b[0] == 0xfe && ip->b[1] >> 6 == 2;
}

/* Has the address a meaning only together with a zone? Link-local ones of IPv6 have, and groups of
 * interface-local and link-local scope (RFC 4291 2.7). */
static inline bool tarn_ip_has_zone(const struct tarn_ip *ip)
{
    if (tarn_ip_is4(ip))
        return false;
    return tarn_ip_is_link_local(ip) ||
           (ip->b[0] == 0xff && ((ip->b[1] & 15) == 1 || (ip->b[1] & 15) == 2));
}

/* IPv4's limited broadcast, 255.255.255.255. Subnet broadcasts are the routing table's matter. */
static inline bool tarn_ip_is_broadcast(const struct tarn_ip *ip)
{
    return tarn_ip_is4(ip) && tarn_ip_to4(ip) == UINT32_MAX;
}

#endif
