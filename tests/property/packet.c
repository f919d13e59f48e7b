/* tests/property/packet.c - packets as the bytes that they are on a wire. */
#include <string.h>

#include "base/bytes.h"
#include "base/sum.h"
#include "tests/property/world.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

static bool is_six(const uint8_t *b)
{
    return b[0] >> 4 == 6;
}

bool packet_see(const uint8_t *b, size_t n, struct seen *out)
{
    bool six = n > 0 && is_six(b);
    uint8_t proto;

    *out = (struct seen){.six = six};
    if (n < (six ? IP6_HEADER_BYTES : IP4_HEADER_BYTES))
        return false;
    proto = six ? b[IP6_NEXT_AT] : b[9];
    out->l4 = six ? IP6_HEADER_BYTES : (size_t)(b[0] & 15) * 4;
    out->icmp = proto == (six ? IP_PROTO_ICMP6 : IP_PROTO_ICMP);
    if (out->icmp)
        return true;
    if (proto != IP_PROTO_TCP || n < out->l4)
        return false;
    if (tcp_parse(&out->h, b + out->l4, n - out->l4) != WIRE_OK)
        return false;
    out->tcp = true;
    out->data = out->l4 + out->h.header_bytes;
    out->bytes = n - out->data;
    return true;
}

static uint32_t pseudo_sum(const uint8_t *b, size_t l4, size_t n)
{
    uint32_t bytes = (uint32_t)(n - l4);

    if (is_six(b))
        return ip6_pseudo_sum(b + 8, b + 24, b[IP6_NEXT_AT], bytes);
    if (b[9] == IP_PROTO_ICMP)
        return 0;
    return ip4_pseudo_sum(load_be32(b + 12), load_be32(b + 16), b[9], bytes);
}

bool packet_sums_good(const uint8_t *b, size_t n)
{
    size_t l4 = is_six(b) ? IP6_HEADER_BYTES : (size_t)(b[0] & 15) * 4;

    if (l4 > n || (!is_six(b) && !sum_is_good(sum_partial(b, l4, 0))))
        return false;
    return sum_is_good(sum_partial(b + l4, n - l4, pseudo_sum(b, l4, n)));
}

void packet_mend(uint8_t *b, size_t n)
{
    struct seen s;
    size_t field;

    if (!packet_see(b, n, &s))
        return;
    field = s.l4 + (s.tcp ? TCP_CHECKSUM_OFFSET : 2);
    if (s.six) {
        store_be16(b + 4, (uint16_t)(n - IP6_HEADER_BYTES));
    } else {
        store_be16(b + 2, (uint16_t)n);
        store_be16(b + 10, 0);
        store_be16(b + 10, sum_finish(sum_partial(b, s.l4, 0)));
    }
    store_be16(b + field, 0);
    store_be16(b + field, sum_finish(sum_partial(b + s.l4, n - s.l4, pseudo_sum(b, s.l4, n))));
}

/* Back to the sender of `about`, from the one that it was for. */
static size_t turned(uint8_t *to, const uint8_t *about, bool six)
{
    if (six) {
        struct ip6_hdr h = {.next = IP_PROTO_ICMP6, .hops = 64};

        memcpy(h.src, about + 24, 16);
        memcpy(h.dst, about + 8, 16);
        return ip6_build(to, &h);
    } else {
        struct ip4_hdr h = {.header_bytes = 20, .total_bytes = 20, .ttl = 64};

        h.proto = IP_PROTO_ICMP;
        h.src = load_be32(about + 16);
        h.dst = load_be32(about + 12);
        return ip4_build(to, &h);
    }
}

size_t packet_error(uint8_t *to, const struct packet *about, uint32_t kind, uint32_t mtu)
{
    /* type and code; fragmentation needed and packet too big most often */
    static const uint8_t four[8][2] = {{3, 0}, {3, 1}, {3, 3}, {3, 4},
                                       {3, 4}, {3, 4}, {4, 0}, {11, 0}};
    static const uint8_t big[8][2] = {{1, 0}, {1, 3}, {1, 4}, {2, 0},
                                      {2, 0}, {2, 0}, {3, 0}, {4, 1}};
    bool six = is_six(about->b);
    const uint8_t *what = six ? big[kind % 8] : four[kind % 8];
    size_t at = turned(to, about->b, six);
    size_t quoted = about->n < 100 ? about->n : 100;

    memset(to + at, 0, 8);
    to[at] = what[0];
    to[at + 1] = what[1];
    mtu = six ? 1280 + mtu % 221 : 68 + mtu % 1433;
    if (six && what[0] == 2)
        store_be32(to + at + 4, mtu);
    else if (!six && what[0] == 3 && what[1] == 4)
        store_be16(to + at + 6, (uint16_t)mtu);
    memcpy(to + at + 8, about->b, quoted);
    packet_mend(to, at + 8 + quoted);
    return at + 8 + quoted;
}
