/* drill/ip.c - the headers of IPv4 and IPv6, written and read. */
#include "drill/ip.h"

#include "drill/bytes.h"

enum { IP4_BYTES = 20, IP6_BYTES = 40, HOPS = 64 };

unsigned ip_bytes(const struct tarn_ip *ip)
{
    return tarn_ip_is4(ip) ? IP4_BYTES : IP6_BYTES;
}

static void build4(uint8_t *at, const struct drill_ip *h)
{
    at[0] = 0x45;
    at[1] = h->tos;
    put16(at + 2, IP4_BYTES + h->bytes);
    put32(at + 4, 0);
    at[8] = h->ttl != 0 ? h->ttl : HOPS;
    at[9] = h->proto;
    put16(at + 10, 0);
    memcpy(at + 12, h->src.b + 12, 4);
    memcpy(at + 16, h->dst.b + 12, 4);
    put16(at + 10, checksum(0, at, IP4_BYTES));
}

static void build6(uint8_t *at, const struct drill_ip *h)
{
    put32(at, 6u << 28 | (uint32_t)h->tos << 20 | h->flow_label);
    put16(at + 4, h->bytes);
    at[6] = h->proto;
    at[7] = h->ttl != 0 ? h->ttl : HOPS;
    memcpy(at + 8, h->src.b, 16);
    memcpy(at + 24, h->dst.b, 16);
}

unsigned ip_build(uint8_t *at, const struct drill_ip *h)
{
    if (tarn_ip_is4(&h->src))
        build4(at, h);
    else
        build6(at, h);
    return ip_bytes(&h->src);
}

static const char *read4(const uint8_t *at, uint32_t n, struct drill_ip *h)
{
    if (n < IP4_BYTES || at[0] != 0x45 || get16(at + 2) != n)
        return "IPv4 header or length";
    if (checksum(0, at, IP4_BYTES) != 0)
        return "IPv4 checksum";
    *h = (struct drill_ip){.src = tarn_ip4(get32(at + 12)),
                           .dst = tarn_ip4(get32(at + 16)),
                           .proto = at[9],
                           .tos = at[1],
                           .ttl = at[8],
                           .bytes = n - IP4_BYTES};
    return NULL;
}

static const char *read6(const uint8_t *at, uint32_t n, struct drill_ip *h)
{
    if (n < IP6_BYTES || get16(at + 4) != n - IP6_BYTES)
        return "IPv6 header or length";
    *h = (struct drill_ip){.proto = at[6],
                           .tos = (uint8_t)(get16(at) >> 4),
                           .ttl = at[7],
                           .flow_label = get32(at) & 0xfffff,
                           .bytes = n - IP6_BYTES};
    memcpy(h->src.b, at + 8, 16);
    memcpy(h->dst.b, at + 24, 16);
    return tarn_ip_is4(&h->src) || tarn_ip_is4(&h->dst) ? "IPv6 address: a mapped one" : NULL;
}

const char *ip_read(const uint8_t *at, uint32_t n, struct drill_ip *h)
{
    return n > 0 && at[0] >> 4 == 6 ? read6(at, n, h) : read4(at, n, h);
}

uint32_t ip_pseudo_sum(const struct drill_ip *h)
{
    unsigned from = tarn_ip_is4(&h->src) ? 12 : 0;
    uint32_t sum = h->proto + h->bytes;

    for (unsigned i = from; i < 16; i += 2)
        sum += get16(h->src.b + i) + (uint32_t)get16(h->dst.b + i);
    return sum;
}
