/* ip/address.c - our addresses: the table, the routes they bring, what is ours and what broadcast.
 *
 * An address brings routes: itself as local, its network out of its port, the network's broadcast
 * addresses. So whether an address is ours is one look-up of the forwarding table. The network's
 * route is there as long as the record is, the others while the address is assigned. */
#include "ip/address.h"

static const struct tarn_ip near = {{0xfe, 0x80}};

void address_init(struct ip_layer *ip)
{
    list_init(&ip->addresses, offsetof(struct address, link));
    pool_init(&ip->address_pool, sizeof(struct address), 0, ADDRESS_MAX);
}

bool address_is_local(const struct tarn *st, const struct tarn_ip *ip)
{
    const struct route *r = fib_find(st, ip);

    return r != NULL && r->kind == ROUTE_LOCAL;
}

bool address_is_broadcast(const struct tarn *st, const struct tarn_ip *ip)
{
    const struct route *r = tarn_ip_is4(ip) ? fib_find(st, ip) : NULL;

    return tarn_ip_is_broadcast(ip) || (r != NULL && r->kind == ROUTE_BROADCAST);
}

bool address_is_anycast(const struct tarn *st, int port, const struct tarn_ip *ip)
{
    const struct route *r;
    struct tarn_ip ours;

    if (st->param[PARAM_IP6_FORWARDING] == 0 || tarn_ip_is4(ip))
        return false;
    if (tarn_ip_is_link_local(ip))
        return port >= 0 && prefix_common(ip, &near) == 128 &&
               address_on_port(st, (unsigned)port, ip, &ours) && tarn_ip_is_link_local(&ours);
    r = fib_find(st, ip);
    return r != NULL && r->kind == ROUTE_UNICAST && !ip_is_given(&r->via) && r->len < 127 &&
           (port < 0 || r->port == port) && tarn_ip_equal(ip, &r->prefix);
}

struct address *address_next(const struct tarn *st, const struct address *prev)
{
    const struct list *all = &ip_layer(st)->addresses;

    return prev != NULL ? list_next(st, all, prev) : list_first(st, all);
}

struct address *address_find(const struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    struct address *a = NULL;

    while ((a = address_next(st, a)) != NULL)
        if (a->info.port == port && tarn_ip_equal(&a->info.prefix.ip, ip))
            return a;
    return NULL;
}

int address_flags(const struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    const struct address *a = address_find(st, port, ip);

    return a != NULL ? a->info.flags : -1;
}

bool address_on_port(const struct tarn *st, unsigned port, const struct tarn_ip *dst,
                     struct tarn_ip *out)
{
    const struct address *best = NULL;
    bool four = tarn_ip_is4(dst);

    for (const struct address *a = NULL; (a = address_next(st, a)) != NULL;) {
        if (a->info.port != port || !a->assigned || address_is4(a) != four)
            continue;
        if (best == NULL)
            best = a;
        if (prefix_common(&a->info.prefix.ip, dst) >= a->info.prefix.len) {
            best = a;
            break;
        }
    }
    if (best != NULL)
        *out = best->info.prefix.ip;
    return best != NULL;
}

/* The routes that an address brings; the n-th of them into r, false: no such. */
static bool address_route(const struct address *a, unsigned n, struct route *r)
{
    const struct tarn_ip *ip = &a->info.prefix.ip;
    unsigned len = a->info.prefix.len;
    bool lo = a->info.port == PORT_LO, four = tarn_ip_is4(ip);
    uint32_t host_bits = four ? ~prefix_mask(len - FIB_V4_BITS) : 0;

    *r = (struct route){
        .len = 128, .port = (uint8_t)a->info.port, .origin = TARN_ORIGIN_KERNEL, .automatic = true};
    if (four)
        r->source = *ip;
    switch (n) {
    case 0:
        r->kind = ROUTE_LOCAL;
        r->len = (uint8_t)(lo ? len : 128);
        r->prefix = prefix_of(ip, r->len);
        return true;
    case 1:
        r->kind = ROUTE_UNICAST;
        r->len = (uint8_t)len;
        r->prefix = prefix_of(ip, len);
        return true;
    case 2:
    case 3:
        r->kind = ROUTE_BROADCAST;
        r->prefix = tarn_ip4((tarn_ip_to4(ip) & ~host_bits) | (n == 2 ? 0 : host_bits));
        return four;
    default: return false;
    }
}

/* Is the route one that this address has? */
static bool has_route(const struct address *a, const struct route *r)
{
    bool lo = a->info.port == PORT_LO;

    switch ((enum route_kind)r->kind) {
    case ROUTE_LOCAL: return true;
    case ROUTE_UNICAST:
        return !lo && a->info.prefix.len < 128 && (a->info.flags & TARN_ADDRESS_NOROUTE) == 0;
    case ROUTE_BROADCAST: return !lo && a->info.prefix.len < 127;
    }
    return false;
}

/* Take away the first n routes of an address, to its network or to itself. */
static void routes_del(struct tarn *st, const struct address *a, bool network, unsigned n)
{
    struct route want;

    for (unsigned i = 0; i < n && address_route(a, i, &want); i++) {
        struct route *r = fib_exact(st, &want.prefix, want.len);

        if (!has_route(a, &want) || (want.kind == ROUTE_UNICAST) != network)
            continue;
        while (r != NULL && (!r->automatic || r->kind != want.kind || r->port != want.port ||
                             !tarn_ip_equal(&r->source, &want.source)))
            r = fib_exact_next(st, r);
        if (r != NULL)
            fib_del(st, r);
    }
}

/* false when out of memory: then there is none of them. */
static bool routes_add(struct tarn *st, const struct address *a, bool network)
{
    struct route r;

    for (unsigned i = 0; address_route(a, i, &r); i++) {
        if (!has_route(a, &r) || (r.kind == ROUTE_UNICAST) != network || fib_add(st, &r) != NULL)
            continue;
        routes_del(st, a, network, i);
        return false;
    }
    return true;
}

bool address_assign(struct tarn *st, struct address *a)
{
    if (!a->assigned && !routes_add(st, a, false))
        return false;
    a->assigned = true;
    if ((a->info.flags & TARN_ADDRESS_OPTIMISTIC) == 0)
        a->info.flags &= (uint8_t)~TARN_ADDRESS_TENTATIVE;
    routes_changed(st);
    control_changed(st);
    return true;
}

void address_unassign(struct tarn *st, struct address *a)
{
    if (a->assigned)
        routes_del(st, a, false, UINT32_MAX);
    a->assigned = false;
    routes_changed(st);
    control_changed(st);
}

struct address *address_create(struct tarn *st, const struct tarn_address *info, tarn_ns now)
{
    struct ip_layer *ip = ip_layer(st);
    struct address *a = pool_get_zeroed(st, &st->arena, &ip->address_pool);

    if (a == NULL)
        return NULL;
    timer_init(&a->timer, TIMER_ADDRESS);
    a->info = *info;
    a->created = now;
    list_push_back(st, &ip->addresses, a);
    if (!routes_add(st, a, true)) {
        list_remove(st, &ip->addresses, a);
        pool_put(st, &ip->address_pool, a);
        return NULL;
    }
    if (!address_started(st, a, now)) {
        address_remove(st, a);
        return NULL;
    }
    routes_changed(st);
    control_changed(st);
    return a;
}

void address_remove(struct tarn *st, struct address *a)
{
    struct ip_layer *ip = ip_layer(st);

    address_stopped(st, a);
    wheel_disarm(st, &st->wheel, &a->timer);
    address_unassign(st, a);
    routes_del(st, a, true, UINT32_MAX);
    list_remove(st, &ip->addresses, a);
    pool_put(st, &ip->address_pool, a);
}
