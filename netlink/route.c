/* netlink/route.c - routes, and the way to a destination (RTM_GETROUTE).
 *
 * The stack has one table, which is Linux's main one; local addresses are no routes of it. */
#include "netlink/kind.h"

static uint8_t protocol_of(const struct tarn_route *r)
{
    static const uint8_t protocols[] = {
        [TARN_ORIGIN_STATIC] = RTPROT_BOOT,
        [TARN_ORIGIN_KERNEL] = RTPROT_KERNEL,
        [TARN_ORIGIN_RA] = RTPROT_RA,
        [TARN_ORIGIN_DHCP] = RTPROT_DHCP,
    };

    return r->origin < sizeof protocols ? protocols[r->origin] : RTPROT_UNSPEC;
}

static struct rtnl_route head_of(const struct tarn_route *r)
{
    bool inet = tarn_ip_is4(&r->to.ip);

    return (struct rtnl_route){
        .family = inet ? NL_AF_INET : NL_AF_INET6,
        .dst_len = nl_prefix_len(&r->to),
        .table = RT_TABLE_MAIN,
        .protocol = protocol_of(r),
        .scope = inet && tarn_ip_is_any(&r->via) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
        .type = RTN_UNICAST,
    };
}

static void put_mtu(struct nl_writer *w, uint32_t mtu)
{
    size_t metrics = message_nest(w, RTA_METRICS);

    message_put_u32(w, RTAX_MTU, mtu);
    message_nest_end(w, metrics);
}

static void put_cache(struct nl_writer *w, const struct tarn_route *r, tarn_ns now)
{
    struct rtnl_route_cache cache = {.clntref = 0};
    uint32_t left = nl_seconds_left(r->valid_until, now);

    if (left != UINT32_MAX)
        cache.expires = left < INT32_MAX / 100 ? (int32_t)left * 100 : INT32_MAX;
    message_put(w, RTA_CACHEINFO, &cache, sizeof cache);
}

static void put_attributes(struct nl_writer *w, const struct tarn_route *r)
{
    message_put_u32(w, RTA_TABLE, RT_TABLE_MAIN);
    if (nl_prefix_len(&r->to) != 0)
        message_put_ip(w, RTA_DST, &r->to.ip);
    if (!tarn_ip_is_any(&r->source))
        message_put_ip(w, RTA_PREFSRC, &r->source);
    if (!tarn_ip_is_any(&r->via))
        message_put_ip(w, RTA_GATEWAY, &r->via);
    message_put_u32(w, RTA_OIF, r->port + 1);
    if (r->metric != 0)
        message_put_u32(w, RTA_PRIORITY, r->metric);
    if (r->mtu != 0)
        put_mtu(w, r->mtu);
}

static bool put_route(struct nl_writer *w, const struct nl_header *h, const struct tarn_route *r,
                      tarn_ns now)
{
    struct rtnl_route route = head_of(r);
    struct nl_header head = *h;

    head.type = RTM_NEWROUTE;
    message_begin(w, &head, &route, sizeof route);
    put_attributes(w, r);
    if (route.family == NL_AF_INET6) {
        put_cache(w, r, now);
        message_put_u8(w, RTA_PREF, r->preference);
    }
    return message_end(w);
}

/* ---- all ---- */

static int filter_attributes(const struct nl_request *q, struct netlink_dump *d, struct nl_fault *f)
{
    struct nl_value v;
    size_t at = sizeof(struct rtnl_route);

    while (message_attr(q->body, q->body_bytes, &at, &v)) {
        if (v.type == RTA_TABLE)
            d->table = message_u32(&v);
        else if (v.type == RTA_OIF)
            d->index = message_u32(&v);
        else
            return nl_refuse_attr(f, q, &v, "Unsupported attribute in dump request");
    }
    return 0;
}

static int filter(const struct nl_request *q, bool strict, struct netlink_dump *d,
                  struct nl_fault *f)
{
    struct rtnl_route route;
    int err;

    if (!strict)
        return 0;
    if (!message_body(q, &route, sizeof route))
        return nl_refuse(f, -TARN_EINVAL, "Invalid header for FIB dump request");
    if (route.dst_len != 0 || route.src_len != 0 || route.tos != 0 || route.scope != 0)
        return nl_refuse(f, -TARN_EINVAL, "Invalid values in header for FIB dump request");
    if ((route.flags & ~(uint32_t)(RTM_F_CLONED | RTM_F_PREFIX)) != 0)
        return nl_refuse(f, -TARN_EINVAL, "Invalid flags for FIB dump request");
    d->table = route.table;
    d->protocol = route.protocol;
    d->route_type = route.type;
    err = filter_attributes(q, d, f);
    d->filtered = d->table != 0 || d->protocol != 0 || d->route_type != 0 || d->index != 0;
    if ((route.flags & RTM_F_CLONED) != 0)
        d->finished = true; /* no cached ways are told */
    return err;
}

static bool passes(const struct netlink_dump *d, const struct tarn_route *r)
{
    return (d->family == NL_AF_UNSPEC || d->family == nl_family(&r->to.ip)) &&
           (d->table == RT_TABLE_UNSPEC || d->table == RT_TABLE_MAIN) &&
           (d->protocol == 0 || d->protocol == protocol_of(r)) &&
           (d->route_type == 0 || d->route_type == RTN_UNICAST) &&
           (d->index == 0 || d->index == r->port + 1);
}

static enum nl_step next(const struct tarn *st, struct netlink_dump *d, const struct nl_header *h,
                         struct nl_writer *w, tarn_ns now)
{
    uint32_t cursor = d->cursor;
    struct tarn_route r;

    if (!tarn_route_next(st, &cursor, &r))
        return STEP_END;
    if (passes(d, &r) && !put_route(w, h, &r, now))
        return STEP_FULL;
    d->cursor = cursor;
    return STEP_ON;
}

/* ---- one: the way that a packet would take ---- */

struct question {
    struct tarn_ip to, from; /* all zero: not said */
    uint32_t out;            /* interface index; 0: any */
    bool has_to;
};

static int read_question(const struct nl_request *q, const struct rtnl_route *route,
                         struct question *ask, struct nl_fault *f)
{
    struct nl_value v;
    size_t at = sizeof *route;

    while (message_attr(q->body, q->body_bytes, &at, &v)) {
        switch (v.type) {
        case RTA_DST: ask->has_to = message_ip(&v, route->family, &ask->to); break;
        case RTA_SRC: (void)message_ip(&v, route->family, &ask->from); break;
        case RTA_OIF: ask->out = message_u32(&v); break;
        case RTA_IIF: return nl_refuse_attr(f, q, &v, "Ways of forwarded packets are not told");
        default: break; /* marks, ports and users choose no route here */
        }
    }
    return ask->has_to ? 0 : nl_refuse(f, -TARN_EINVAL, "No destination is given");
}

static void put_way(struct nl_writer *w, const struct nl_header *h, const struct tarn_route *r)
{
    struct rtnl_route route = head_of(r);
    struct nl_header head = *h;

    head.type = RTM_NEWROUTE;
    route.protocol = RTPROT_UNSPEC;
    route.scope = RT_SCOPE_UNIVERSE;
    route.flags = RTM_F_CLONED;
    if (r->port == 0) {
        route.type = RTN_LOCAL;
        route.table = RT_TABLE_LOCAL;
    }
    message_begin(w, &head, &route, sizeof route);
    put_attributes(w, r);
    put_cache(w, r, 0);
    message_end(w);
}

static int one(struct tarn *st, const struct nl_request *q, const struct nl_header *h,
               struct nl_writer *w, struct nl_fault *f)
{
    struct question ask = {.out = 0};
    struct rtnl_route route;
    struct tarn_route way;
    int err;

    if (!message_body(q, &route, sizeof route) ||
        (route.family != NL_AF_INET && route.family != NL_AF_INET6))
        return nl_refuse(f, -TARN_EINVAL, "Invalid header for get route request");
    err = read_question(q, &route, &ask, f);
    if (err == 0)
        err = tarn_route_find(st, &ask.to, &ask.from, ask.out, &way);
    if (err == 0)
        put_way(w, h, &way);
    return err;
}

const struct nl_kind nl_kind_route = {RTM_GETROUTE, filter, next, one};
