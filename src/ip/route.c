/* ip/route.c - the way of a packet that starts here: port, next hop, MTU, source address.
 *
 * A destination of link scope (RFC 4007) names its link by the zone, or by the port that the caller
 * is bound to; the table is not asked about it. */
#include "base/bits.h"
#include "ip/address.h"
#include "tarn/link.h"
#include "wire/ip6.h"

bool ip_layer_init(struct tarn *st)
{
    struct ip_layer *ip = layer_alloc(st, LAYER_IP, sizeof *ip);

    if (ip == NULL)
        return false;
    fib_init(st, &ip->fib);
    address_init(ip);
    pmtu_init(st, ip);
    reasm_init(st, ip);
    for (unsigned i = 0; i < IP_ID_COUNTERS; i++) {
        ip->id[i] = (uint16_t)rng_u32(&st->rng[STREAM_IP_ID]);
        ip->id6[i] = rng_u32(&st->rng[STREAM_FLOW]);
    }
    st->generation = 1;
    return true;
}

/* The largest packet of IPv6 that the link takes; 0: none at all, since IPv6 is stopped there, or
 * needs links of 1280 bytes (RFC 8200 5). */
static uint32_t mtu_of_six(const struct tarn *st, unsigned port)
{
    const struct tarn_port_info *info = &port_at(st, port)->info;

    if (info->mtu < IP6_MIN_MTU || port_at(st, port)->mute6)
        return 0;
    return info->mtu6 != 0 ? min_u32(info->mtu6, info->mtu) : info->mtu;
}

/* Our address for a conversation out of the port. */
static int choose_source(const struct tarn *st, unsigned port, const struct tarn_ip *preferred,
                         struct ip_info *ip)
{
    if (ip_is_given(preferred)) {
        ip->src = *preferred;
        return 0;
    }
    if (tarn_ip_is4(&ip->dst))
        return address_on_port(st, port, &ip->hop, &ip->src) ? 0 : -TARN_EADDRNOTAVAIL;
    return address_select(st, port, ip) ? 0 : -TARN_EADDRNOTAVAIL;
}

/* Has it none yet, and shall have one? */
static inline bool lacks_source(const struct ip_info *ip)
{
    return !ip->no_source && tarn_ip_is_any(&ip->src);
}

/* On the link of the port, where the destination itself is the next hop. */
static inline void leave_by(const struct tarn *st, struct ip_info *ip, unsigned port, bool four)
{
    ip->port = (uint8_t)port;
    ip->hop = ip->dst;
    ip->mtu = ip->link_mtu = four ? port_at(st, port)->info.mtu : mtu_of_six(st, port);
}

/* Where a packet to a group goes: the port asked for, that of the default route, the first that is
 * up and has an address. -1: nowhere. */
static int group_port(const struct tarn *st, const struct tarn_ip *dst, int bind_port)
{
    static const struct tarn_ip any6;
    const struct tarn_ip any = tarn_ip_is4(dst) ? tarn_ip4(0) : any6;
    const struct route *r = fib_find(st, &any);
    struct tarn_ip ours;

    if (bind_port >= 0)
        return bind_port;
    if (r != NULL && r->len == (tarn_ip_is4(dst) ? FIB_V4_BITS : 0))
        return r->port;
    for (unsigned i = 1; i < port_count(st); i++)
        if (port_is_up(st, i) && address_on_port(st, i, dst, &ours))
            return (int)i;
    return -1;
}

static int find_group(const struct tarn *st, struct ip_info *ip, int bind_port)
{
    static const struct tarn_ip none;
    int port =
        ip6_scope(&ip->dst) == IP6_SCOPE_INTERFACE ? PORT_LO : group_port(st, &ip->dst, bind_port);
    int err = 0;

    if (port < 0 || !port_is_up(st, (unsigned)port))
        return -TARN_ENETUNREACH;
    leave_by(st, ip, (unsigned)port, tarn_ip_is4(&ip->dst));
    if (tarn_ip_has_zone(&ip->dst))
        ip->zone = (uint32_t)port + 1;
    ip->mtu = pmtu_find(st, &ip->dst, ip->zone, ip->mtu);
    if (lacks_source(ip))
        err = choose_source(st, (unsigned)port, &none, ip);
    return tarn_ip_is4(&ip->dst) ? 0 : err;
}

/* A neighbour, or an address of ours, on the link that the zone names. */
static int find_link_local(const struct tarn *st, struct ip_info *ip, int port)
{
    static const struct tarn_ip none;
    const struct address *found;
    bool ours;

    if (port < 0)
        return -TARN_EINVAL;
    if (!port_is_up(st, (unsigned)port))
        return -TARN_ENETUNREACH;
    found = address_find(st, (unsigned)port, &ip->dst);
    ours = found != NULL && found->assigned;
    leave_by(st, ip, ours ? PORT_LO : (unsigned)port, false);
    ip->zone = (uint32_t)port + 1;
    if (!ours)
        ip->mtu = pmtu_find(st, &ip->dst, ip->zone, ip->mtu);
    return lacks_source(ip) ? choose_source(st, (unsigned)port, ours ? &ip->dst : &none, ip) : 0;
}

/* Of learned routes by routers that are equally good every destination has one, by a keyed hash
 * (RFC 4311 2). */
static const struct route *share(const struct tarn *st, const struct route *r,
                                 const struct tarn_ip *dst)
{
    enum { SHARED_MAX = 8 };
    const struct route *equal[SHARED_MAX];
    unsigned n = 0;

    if (r == NULL || r->origin != TARN_ORIGIN_RA || !ip_is_given(&r->via) || r->lost != 0)
        return r;
    for (const struct route *e = fib_exact(st, &r->prefix, r->len); e != NULL && n < SHARED_MAX;
         e = fib_exact_next(st, e))
        if (e->port == r->port && e->metric == r->metric && e->lost == 0 &&
            e->preference == r->preference && ip_is_given(&e->via))
            equal[n++] = e;
    return n > 1 ? equal[siphash24(&st->hash_key, dst->b, sizeof dst->b) % n] : r;
}

/* The route of IPv6 to dst. One whose router is known not to answer gives way to one with a shorter
 * prefix by another that may (RFC 4191 3.2). */
static const struct route *find_answering(const struct tarn *st, const struct tarn_ip *dst)
{
    const struct route *r = share(st, fib_find(st, dst), dst);
    const struct route *alive = r != NULL && r->lost != 0 ? fib_find_alive(st, dst) : NULL;

    return alive != NULL ? alive : r;
}

/* By the table, whose answer is r. A loopback address never leaves the host (RFC 1122 3.2.1.3, RFC
 * 4291 2.5.3). */
static inline int find_routed(const struct tarn *st, struct ip_info *ip, const struct route *r,
                              int bind_port, bool four)
{
    bool ours;

    if (bind_port >= 0 && r != NULL && r->kind != ROUTE_LOCAL && r->port != bind_port)
        r = fib_find_on(st, &ip->dst, (unsigned)bind_port);
    if (r == NULL)
        return -TARN_ENETUNREACH;
    ours = r->kind == ROUTE_LOCAL;
    leave_by(st, ip, ours ? PORT_LO : r->port, four);
    if (ip_is_given(&r->via))
        ip->hop = r->via;
    if (r->mtu != 0)
        ip->mtu = ip->link_mtu = four ? r->mtu : min_u32(r->mtu, ip->mtu);
    if (r->kind == ROUTE_UNICAST)
        ip->mtu = pmtu_find(st, &ip->dst, ip->zone, ip->mtu);
    if (!ours && tarn_ip_is_loopback(&ip->src))
        return -TARN_EINVAL;
    if (!lacks_source(ip))
        return 0;
    return choose_source(st, r->port, ours && !ip_is_given(&r->source) ? &ip->dst : &r->source, ip);
}

/* IPv6: by its zone, by the table, or to a group. */
static int find6(const struct tarn *st, struct ip_info *ip, int bind_port)
{
    bool zoned = tarn_ip_has_zone(&ip->dst);
    int err;

    if (st->param[PARAM_IP6_DISABLE] != 0 || tarn_ip_is_any(&ip->dst))
        return -TARN_ENETUNREACH;
    if (zoned && ip->zone != 0) {
        if (bind_port >= 0 && ip->zone != (uint32_t)bind_port + 1)
            return -TARN_EINVAL;
        bind_port = (int)ip->zone - 1;
    }
    if (tarn_ip_is_multicast(&ip->dst))
        err = find_group(st, ip, bind_port);
    else if (zoned)
        err = find_link_local(st, ip, bind_port);
    else
        err = find_routed(st, ip, find_answering(st, &ip->dst), bind_port, false);
    return err == 0 && ip->mtu == 0 ? -TARN_ENETUNREACH : err;
}

int route_find(const struct tarn *st, struct ip_info *ip, int bind_port)
{
    uint32_t dst = tarn_ip_to4(&ip->dst);

    if (!tarn_ip_is4(&ip->dst))
        return find6(st, ip, bind_port);
    if (dst >> 28 == 14 || dst == UINT32_MAX)
        return find_group(st, ip, bind_port);
    return find_routed(st, ip, fib_find4(st, dst), bind_port, true);
}

void route_room(struct tarn *st, const struct ip_info *ip, struct tx_room *out)
{
    uint32_t offload = port_at(st, ip->port)->info.offload;

    out->mtu = ip->mtu;
    out->offload = offload;
    out->gso_max = (offload & LINK_GSO_TX) != 0 ? UINT16_MAX : ip->mtu;
}
