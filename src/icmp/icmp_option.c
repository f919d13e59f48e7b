/* icmp/icmp_option.c - IP options that an echo reply takes over from the request: routes recorded
 * and timestamps, with ours added (RFC 1122 3.2.2.6, RFC 791 3.1).
 *
 * The stack knows no time of day, so its timestamps have the bit that says so: milliseconds of its
 * own clock (RFC 791 3.1). */
#include "base/bytes.h"
#include "icmp/icmp_error.h"
#include "wire/ip4.h"

enum { NS_PER_MS = 1000000, ADDRESS_BYTES = 4, TIME_BYTES = 4 };
enum { RECORD_ROUTE = 7, TIMESTAMP = 68 };

/* What a timestamp option holds, by its low four bits of flags. */
enum { TIMES = 0, TIMES_OF_ALL = 1, TIMES_OF_SOME = 3 };

static const uint32_t NO_TIME_OF_DAY = 0x80000000;

/* o[0] is the type, o[1] the length, o[2] the pointer, which counts from 1. */
static bool has_room(const uint8_t *o, unsigned bytes)
{
    return o[2] - 1u + bytes <= o[1];
}

static void record_route(uint8_t *o, uint32_t us)
{
    if (!has_room(o, ADDRESS_BYTES))
        return;
    store_be32(o + o[2] - 1, us);
    o[2] = (uint8_t)(o[2] + ADDRESS_BYTES);
}

/* A host that finds no room counts itself, up to 15 (RFC 791 3.1). */
static void add_time(uint8_t *o, uint32_t us, uint32_t time)
{
    unsigned kind = o[3] & 15u, named = kind == TIMES ? 0 : ADDRESS_BYTES;

    if (!has_room(o, named + TIME_BYTES)) {
        if (kind != TIMES_OF_SOME && o[3] < 0xf0)
            o[3] = (uint8_t)(o[3] + 0x10);
        return;
    }
    if (kind == TIMES_OF_SOME && load_be32(o + o[2] - 1) != us)
        return;
    if (named > 0)
        store_be32(o + o[2] - 1, us);
    store_be32(o + o[2] - 1 + named, time);
    o[2] = (uint8_t)(o[2] + named + TIME_BYTES);
}

void icmp_echo_options(const struct ip_info *ip, const struct pkt *p, struct ip_info *back,
                       tarn_ns now)
{
    uint32_t us = tarn_ip_to4(&ip->dst), time = NO_TIME_OF_DAY | (uint32_t)(now / NS_PER_MS);
    struct ip4_option o;
    struct ip4_hdr h;
    size_t at = 0;

    if (ip4_parse_quoted(&h, p->head + p->l3, p->head_off - p->l3) != WIRE_OK)
        return;
    while (ip4_option_next(&h, &at, &o)) {
        uint8_t *copy = back->options + back->n_options;

        if (o.type != RECORD_ROUTE && o.type != TIMESTAMP)
            continue;
        memcpy(copy, o.data - 2, o.n + 2u);
        if (o.type == RECORD_ROUTE)
            record_route(copy, us);
        else
            add_time(copy, us, time);
        back->n_options = (uint8_t)(back->n_options + o.n + 2);
    }
    back->n_options = (uint8_t)((back->n_options + 3u) & ~3u);
}
