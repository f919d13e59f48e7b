/* addrconf/redirect.c - a better first hop, as the present one tells it (RFC 4861 8.3, RFC 1122
 * 3.2.2.2). Not believed unless ip.accept-redirects is set, and never while forwarding.
 *
 * A redirect becomes a route to the one destination, for ten minutes; when its gateway does not
 * answer it goes at once (RFC 4861 7.3.3). */
#include "addrconf/addrconf.h"

#include "eth/neigh.h"

enum { REDIRECT_S = 600, REDIRECT_METRIC = 512 };

static bool is_forwarding(const struct tarn *st, bool four)
{
    return st->param[four ? PARAM_FORWARDING : PARAM_IP6_FORWARDING] != 0;
}

/* Is `from` what we send packets for dst to now (RFC 4861 8.1)? */
static bool is_first_hop(struct tarn *st, unsigned port, const struct tarn_ip *from,
                         const struct tarn_ip *dst)
{
    struct ip_info way = {.dst = *dst};

    return route_find(st, &way, -1) == 0 && way.port == port && tarn_ip_equal(&way.hop, from);
}

/* Can `hop` be the first hop to dst: itself, or a router on the link? */
static bool is_hop(struct tarn *st, unsigned port, const struct tarn_ip *dst,
                   const struct tarn_ip *hop)
{
    struct ip_info way = {.dst = *hop};

    if (tarn_ip_is4(hop) != tarn_ip_is4(dst) || address_is_local(st, hop))
        return false;
    if (!tarn_ip_is4(hop))
        return tarn_ip_equal(hop, dst) || tarn_ip_is_link_local(hop);
    return route_find(st, &way, (int)port) == 0 && tarn_ip_equal(&way.hop, hop);
}

static struct tarn_route route_of(unsigned port, const struct tarn_ip *dst,
                                  const struct tarn_ip *hop, tarn_ns now)
{
    struct tarn_route r = {.to = {.ip = *dst, .len = 128},
                           .port = port,
                           .metric = REDIRECT_METRIC,
                           .origin = TARN_ORIGIN_RA,
                           .valid_until = now + REDIRECT_S * ADDRCONF_S};

    if (!tarn_ip_equal(dst, hop))
        r.via = *hop;
    return r;
}

/* The route by a redirect to dst, or (NULL) one whose next hop is `hop`. */
static bool find(const struct tarn *st, unsigned port, const struct tarn_ip *dst,
                 const struct tarn_ip *hop, struct tarn_route *out)
{
    uint32_t cursor = 0;

    while (tarn_route_next(st, &cursor, out)) {
        const struct tarn_ip *via = tarn_ip_is_any(&out->via) ? &out->to.ip : &out->via;

        if (out->origin != TARN_ORIGIN_RA || out->metric != REDIRECT_METRIC || out->port != port)
            continue;
        if (dst != NULL ? tarn_ip_equal(&out->to.ip, dst) : tarn_ip_equal(via, hop))
            return true;
    }
    return false;
}

bool redirect_learn(struct tarn *st, unsigned port, const struct tarn_ip *from,
                    const struct tarn_ip *dst, const struct tarn_ip *hop, tarn_ns now)
{
    struct tarn_route r = route_of(port, dst, hop, now), old;

    if (st->param[PARAM_ACCEPT_REDIRECTS] == 0 || is_forwarding(st, tarn_ip_is4(dst)))
        return false;
    if (!is_first_hop(st, port, from, dst) || !is_hop(st, port, dst, hop))
        return false;
    if (find(st, port, dst, NULL, &old))
        (void)tarn_route_del(st, &old, now, NULL);
    return router_learn(st, &r, now);
}

void redirect_failed(struct tarn *st, unsigned port, const struct tarn_ip *hop, tarn_ns now)
{
    struct tarn_route r;

    while (find(st, port, NULL, hop, &r))
        if (tarn_route_del(st, &r, now, NULL) < 0)
            return;
}

bool redirect_input(struct tarn *st, const struct ip_info *ip, const struct nd_msg *m,
                    unsigned port, tarn_ns now)
{
    struct tarn_ip dst, hop;

    memcpy(dst.b, m->dst, sizeof dst.b);
    memcpy(hop.b, m->target, sizeof hop.b);
    if (!redirect_learn(st, port, &ip->src, &dst, &hop, now))
        return false;
    neigh_hint(st, port, &hop, m->has_target_mac ? m->target_mac : NULL,
               tarn_ip_equal(&dst, &hop) ? NEIGH_ROLE_UNKNOWN : NEIGH_ROLE_ROUTER, now);
    return true;
}
