/* addrconf/router.c - routes that routers have told us of: the default one (RFC 4861 6.3.4), those
 * of RFC 4191, and on-link prefixes. The routing table ends their lifetimes, and prefers routers
 * that answer (RFC 4861 6.3.6). One that has not answered is asked again when it advertises, and
 * once a minute while packets leave by another router that would have gone by it (RFC 4191 3.2):
 * without traffic to it nothing else would tell that it is back. */
#include "addrconf/addrconf.h"

#include "base/bits.h"
#include "eth/neigh.h"

enum { DESTINATION_AT = 24 };

#define SEEK_NS (60 * ADDRCONF_S)

static bool is_learned(const struct tarn_route *r, unsigned port)
{
    return r->origin == TARN_ORIGIN_RA && r->port == port;
}

/* A learned route of the port, by `via` when that is not NULL; false: there is none (any more). */
static bool find(const struct tarn *st, unsigned port, const struct tarn_ip *via,
                 struct tarn_route *out)
{
    uint32_t cursor = 0;

    while (tarn_route_next(st, &cursor, out))
        if (is_learned(out, port) && (via == NULL || tarn_ip_equal(&out->via, via)))
            return true;
    return false;
}

static unsigned count(const struct tarn *st, unsigned port, uint32_t metric)
{
    struct tarn_route r;
    uint32_t cursor = 0;
    unsigned n = 0;

    while (tarn_route_next(st, &cursor, &r))
        n += is_learned(&r, port) && r.metric == metric;
    return n;
}

bool router_learn(struct tarn *st, const struct tarn_route *r, tarn_ns now)
{
    struct tarn_route old;
    uint32_t cursor = 0;

    while (tarn_route_next(st, &cursor, &old))
        if (is_learned(&old, r->port) && old.metric == r->metric && old.to.len == r->to.len &&
            tarn_ip_equal(&old.to.ip, &r->to.ip) && tarn_ip_equal(&old.via, &r->via))
            return tarn_route_add(st, r, now, NULL) == 0;
    return count(st, r->port, r->metric) < RA_ROUTES && tarn_route_add(st, r, now, NULL) == 0;
}

void router_route(struct tarn *st, unsigned port, const struct tarn_ip *router,
                  const struct nd_route *r, tarn_ns now)
{
    struct tarn_route way = {.to = {.len = r->len},
                             .via = *router,
                             .port = port,
                             .metric = RA_METRIC,
                             .origin = TARN_ORIGIN_RA,
                             .preference = r->preference,
                             .valid_until = addrconf_until(now, r->lifetime_s)};

    memcpy(way.to.ip.b, r->prefix, sizeof way.to.ip.b);
    if (r->lifetime_s == 0)
        (void)tarn_route_del(st, &way, now, NULL);
    else
        (void)router_learn(st, &way, now);
}

/* Have routes by it been given up for others? */
static bool is_lost(const struct tarn *st, unsigned port, const struct tarn_ip *router)
{
    hash_each (st, &ip_layer(st)->fib.prefixes, struct route, r)
        if (r->port == port && r->lost != 0 && tarn_ip_equal(&r->via, router))
            return true;
    return false;
}

void router_heard(struct tarn *st, unsigned port, const struct tarn_ip *router, tarn_ns now)
{
    struct neigh *n = neigh_find(st, port, router);

    if (n != NULL && n->state == TARN_NEIGH_STALE && is_lost(st, port, router))
        neigh_verify(st, n, now);
}

/* Ask the lost router of r; the others of its routes have been asked for by that. */
static void seek(struct tarn *st, const struct route *r, tarn_ns now)
{
    struct tarn_ip via = r->via;
    unsigned port = r->port;

    hash_each (st, &ip_layer(st)->fib.prefixes, struct route, other)
        if (other->port == port && tarn_ip_equal(&other->via, &via))
            other->sought = now;
    neigh_seek(st, port, &via, now);
}

tarn_ns router_missed(struct tarn *st, const struct pkt *p, tarn_ns now)
{
    tarn_ns next = TARN_NEVER;
    const struct route *used;
    struct tarn_ip dst;

    memcpy(dst.b, p->head + p->l3 + DESTINATION_AT, sizeof dst.b);
    used = tarn_ip_is_multicast(&dst) ? NULL : fib_find_alive(st, &dst); /* a group has no router */
    hash_each (st, &ip_layer(st)->fib.prefixes, struct route, r) {
        if (r->lost == 0)
            continue;
        if (used != NULL && now >= r->sought + SEEK_NS && fib_is_missed(r, used, &dst))
            seek(st, r, now);
        next = min_u64(next, max_u64(r->sought + SEEK_NS, now + ADDRCONF_S));
    }
    return next;
}

void router_gone(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now)
{
    struct tarn_route r;

    while (find(st, port, ip, &r))
        if (tarn_route_del(st, &r, now, NULL) < 0)
            return;
}

void router_forget_port(struct tarn *st, unsigned port, tarn_ns now)
{
    struct tarn_route r;

    while (find(st, port, NULL, &r))
        if (tarn_route_del(st, &r, now, NULL) < 0)
            return;
}
