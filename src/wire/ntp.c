/* wire/ntp.c - messages and timestamps of the network time protocol. */
#include "wire/ntp.h"

#include "base/bytes.h"

#define NS_PER_S   INT64_C(1000000000)
#define UNIX_EPOCH INT64_C(2208988800) /* 1970, in seconds since 1900 */
#define ERA_S      (INT64_C(1) << 32)

bool ntp_parse(struct ntp_msg *out, const uint8_t *p, size_t n)
{
    if (n < NTP_BYTES)
        return false;
    *out = (struct ntp_msg){
        .leap = p[0] >> 6,
        .version = p[0] >> 3 & 7,
        .mode = p[0] & 7,
        .stratum = p[1],
        .poll = (int8_t)p[2],
        .precision = (int8_t)p[3],
        .root_delay = load_be32(p + 4),
        .root_dispersion = load_be32(p + 8),
        .refid = load_be32(p + 12),
        .reference = load_be64(p + 16),
        .origin = load_be64(p + 24),
        .receive = load_be64(p + 32),
        .transmit = load_be64(p + 40),
    };
    return out->version >= 1 && out->version <= NTP_VERSION;
}

void ntp_build(uint8_t p[NTP_BYTES], const struct ntp_msg *m)
{
    p[0] = (uint8_t)((m->leap & 3) << 6 | (m->version & 7) << 3 | (m->mode & 7));
    p[1] = m->stratum;
    p[2] = (uint8_t)m->poll;
    p[3] = (uint8_t)m->precision;
    store_be32(p + 4, m->root_delay);
    store_be32(p + 8, m->root_dispersion);
    store_be32(p + 12, m->refid);
    store_be64(p + 16, m->reference);
    store_be64(p + 24, m->origin);
    store_be64(p + 32, m->receive);
    store_be64(p + 40, m->transmit);
}

/* Whole seconds, rounded down, of a time that may be before 1970. */
static int64_t seconds_of(int64_t unix_ns)
{
    return unix_ns / NS_PER_S - (unix_ns % NS_PER_S < 0);
}

int64_t ntp_to_unix_ns(uint64_t stamp, int64_t near_ns)
{
    int64_t near_s = near_ns != 0 ? seconds_of(near_ns) + UNIX_EPOCH : ERA_S;
    /* The distance to `near_s`, as the low 32 bits of both tell it. */
    int32_t ahead_s = (int32_t)((uint32_t)(stamp >> 32) - (uint32_t)near_s);
    int64_t fraction_ns = (int64_t)((stamp & UINT32_MAX) * (uint64_t)NS_PER_S >> 32);

    return (near_s + ahead_s - UNIX_EPOCH) * NS_PER_S + fraction_ns;
}

uint64_t ntp_from_unix_ns(int64_t unix_ns)
{
    int64_t s = seconds_of(unix_ns);
    uint64_t fraction = ((uint64_t)(unix_ns - s * NS_PER_S) << 32) / (uint64_t)NS_PER_S;

    return (uint64_t)(uint32_t)(s + UNIX_EPOCH) << 32 | fraction;
}
