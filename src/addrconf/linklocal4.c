/* addrconf/linklocal4.c - an IPv4 address of 169.254/16 for an interface that has no other (RFC
 * 3927), if the parameter ip4.link-local asks for it.
 *
 * An interface that goes up, or loses an address, is looked at five seconds later: by then a server
 * or the user would have given it one. The first choice follows from the interface's link address,
 * so a host mostly keeps its address (2.1); after a conflict it is random. After ten conflicts the
 * next choice waits a minute (2.2.1). As soon as there is another address the one of ours goes
 * (1.9). */
#include "addrconf/addrconf.h"

#include "base/bytes.h"
#include "tarn/link.h"

enum { WAIT_S = 5, CONFLICTS_MAX = 10, RATE_LIMIT_S = 60 };

/* 169.254.1.0 to 169.254.254.255. */
static const uint32_t FIRST = 0xa9fe0100, ADDRESSES = 254 * 256;

bool linklocal4_is(const struct address *a)
{
    return address_is4(a) && a->info.origin == TARN_ORIGIN_KERNEL &&
           tarn_ip_is_link_local(&a->info.prefix.ip);
}

static bool has_address(const struct tarn *st, unsigned port)
{
    for (const struct address *a = NULL; (a = address_next(st, a)) != NULL;)
        if (a->info.port == port && address_is4(a) && (a->info.flags & TARN_ADDRESS_DUPLICATE) == 0)
            return true;
    return false;
}

void linklocal4_consider(struct tarn *st, unsigned port, tarn_ns now)
{
    if (st->param[PARAM_IP4_LINK_LOCAL] != 0 && port_is_up(st, port) &&
        port_at(st, port)->info.medium == LINK_ETHERNET)
        wheel_arm(st, &st->wheel, &addrconf_at(st, port)->linklocal4, now + WAIT_S * ADDRCONF_S);
}

static uint32_t choose(struct tarn *st, unsigned port, unsigned tries)
{
    const uint8_t *mac = port_at(st, port)->info.mac;
    struct sip_key fixed = {{0, 0}};

    if (tries > 0)
        return FIRST + rng_below(&st->rng[STREAM_ADDRESS], ADDRESSES);
    return FIRST + (uint32_t)(siphash24(&fixed, mac, 6) % ADDRESSES);
}

void linklocal4_begin(struct tarn *st, unsigned port, unsigned tries, tarn_ns now)
{
    struct tarn_address a = {.port = port, .origin = TARN_ORIGIN_KERNEL};
    struct address *made;

    if (st->param[PARAM_IP4_LINK_LOCAL] == 0 || !port_is_up(st, port) || has_address(st, port))
        return;
    if (tries > CONFLICTS_MAX) {
        wheel_arm(st, &st->wheel, &addrconf_at(st, port)->linklocal4,
                  now + RATE_LIMIT_S * ADDRCONF_S);
        return;
    }
    a.prefix = (struct tarn_prefix){.ip = tarn_ip4(choose(st, port, tries)), .len = 96 + 16};
    if (tarn_address_add(st, &a, now, NULL) < 0)
        return;
    made = address_find(st, port, &a.prefix.ip);
    if (made != NULL)
        made->tries = (uint8_t)tries;
}

void linklocal4_yield(struct tarn *st, const struct address *to)
{
    struct address *a = NULL;

    if (linklocal4_is(to))
        return;
    while ((a = address_next(st, a)) != NULL) {
        if (a->info.port == to->info.port && linklocal4_is(a)) {
            address_remove(st, a);
            return;
        }
    }
}
