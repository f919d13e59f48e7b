/* addrconf/addrconf.c - what happens to addresses when an interface goes up or down, and whose
 * timer it is.
 *
 * Theory of operation. When an Ethernet interface goes up, it gets a link-local address (slaac.c),
 * which is checked for duplicates (dad.c) as is every other address of IPv6. As soon as that is
 * ours, routers are asked for (solicit.c). What they advertise (ra.c) becomes addresses (slaac.c,
 * temporary.c), routes (router.c), resolvers (resolver.c) and parameters of the link. All of it
 * goes when the interface goes down; what the user has made stays, and is checked again later. */
#include "addrconf/addrconf.h"

#include "eth/neigh.h"
#include "tarn/link.h"

bool addrconf_layer_init(struct tarn *st)
{
    struct addrconf_layer *all = layer_alloc(st, LAYER_ADDRCONF, sizeof *all);

    if (all == NULL)
        return false;
    for (unsigned i = 0; i < PORT_MAX; i++) {
        timer_init(&all->port[i].solicit, TIMER_ROUTER);
        timer_init(&all->port[i].linklocal4, TIMER_ROUTER);
    }
    iid_init(st);
    return true;
}

tarn_ns addrconf_jitter(struct tarn *st, uint32_t ms)
{
    return rng_below(&st->rng[STREAM_ADDRESS], ms) * ADDRCONF_MS;
}

bool addrconf_is_on(const struct tarn *st, unsigned port)
{
    return port_is_up(st, port) && port_at(st, port)->info.medium == LINK_ETHERNET &&
           st->param[PARAM_IP6_AUTOCONF] != 0 && st->param[PARAM_IP6_DISABLE] == 0 &&
           !port_at(st, port)->mute6;
}

bool addrconf_hears_routers(const struct tarn *st, unsigned port)
{
    int64_t accept = st->param[PARAM_IP6_ACCEPT_RA];

    return addrconf_is_on(st, port) &&
           (accept == 2 || (accept == 1 && st->param[PARAM_IP6_FORWARDING] == 0));
}

/* Addresses that the stack has made for itself go. */
static void forget_addresses(struct tarn *st, unsigned port)
{
    struct address *a = address_next(st, NULL), *next;

    for (; a != NULL; a = next) {
        next = address_next(st, a);
        if (slaac_is(a, port, NULL) || (a->info.port == port && linklocal4_is(a)))
            address_remove(st, a);
    }
}

static void went_down(struct tarn *st, unsigned port, tarn_ns now)
{
    struct addrconf_port *o = addrconf_at(st, port);

    solicit_end(st, port);
    wheel_disarm(st, &st->wheel, &o->linklocal4);
    forget_addresses(st, port);
    router_forget_port(st, port, now);
    rdnss_forget_port(st, port, now);
    o->router = (struct tarn_router_info){0};
    o->sent = 0;
    ip_layer(st)->port_hops[port] = 0;
    port_at(st, port)->info.mtu6 = 0;
    port_at(st, port)->mute6 = false;
}

void addrconf_port(struct tarn *st, unsigned port, bool up, tarn_ns now)
{
    group_link_changed(st, port, up, now);
    if (!up) {
        went_down(st, port, now);
        return;
    }
    if (addrconf_is_on(st, port))
        slaac_link_local(st, port, now);
    linklocal4_consider(st, port, now);
}

void addrconf_expire(struct tarn *st, struct timer *t, tarn_ns now)
{
    struct addrconf_layer *all = addrconf_layer(st);
    ptrdiff_t at = (char *)t - (char *)all->port;
    unsigned port = (unsigned)((size_t)at / sizeof all->port[0]);

    if (t == &all->port[port].solicit)
        solicit_again(st, port, now);
    else
        linklocal4_begin(st, port, 0, now);
}

int tarn_router_get(const struct tarn *st, unsigned port, struct tarn_router_info *out)
{
    if (port >= port_count(st))
        return -TARN_ENODEV;
    *out = addrconf_at(st, port)->router;
    return 0;
}
