/* ip/route.c - the way of a packet that starts here: port, next hop, MTU, source address. */
#include "ip/ip.h"

#include "tarn/link.h"

bool ip_layer_init(struct tarn *st)
{
    struct ip_layer *ip = layer_alloc(st, LAYER_IP, sizeof *ip);

    if (ip == NULL)
        return false;
    fib_init(st, &ip->fib);
    pmtu_init(st, ip);
    reasm_init(st, ip);
    for (unsigned i = 0; i < IP_ID_COUNTERS; i++)
        ip->id[i] = (uint16_t)rng_u32(&st->rng[STREAM_IP_ID]);
    st->generation = 1;
    return true;
}

static bool is_group(const struct tarn_ip *ip)
{
    return tarn_ip_is_multicast(ip) || tarn_ip_is_broadcast(ip);
}

/* Where a packet to a group goes: the port asked for, that of the default route, the first that is
 * up and has an address. -1: nowhere. */
static int group_port(const struct tarn *st, int bind_port)
{
    const struct route *r = fib_find(st, 0);
    struct tarn_ip ours;

    if (bind_port >= 0)
        return bind_port;
    if (r != NULL && r->len == 0)
        return r->port;
    for (unsigned i = 1; i < port_count(st); i++)
        if (port_is_up(st, i) && address_on_port(st, i, &(struct tarn_ip){{0}}, &ours))
            return (int)i;
    return -1;
}

static int find_group(const struct tarn *st, struct ip_info *ip, int bind_port)
{
    int port = group_port(st, bind_port);

    if (port < 0 || !port_is_up(st, (unsigned)port))
        return -TARN_ENETUNREACH;
    ip->port = (uint8_t)port;
    ip->hop = ip->dst;
    ip->mtu = port_at(st, (unsigned)port)->info.mtu;
    if (tarn_ip_is_any(&ip->src))
        (void)address_on_port(st, (unsigned)port, &ip->dst, &ip->src);
    return 0;
}

/* Our address for a conversation by this route. A loopback address never leaves the host (RFC 1122
 * 3.2.1.3). */
static int choose_source(const struct tarn *st, const struct route *r, struct ip_info *ip)
{
    if (tarn_ip_is_loopback(&ip->src) && r->kind != ROUTE_LOCAL)
        return -TARN_EINVAL;
    if (!tarn_ip_is_any(&ip->src))
        return 0;
    if (r->source != 0)
        ip->src = tarn_ip4(r->source);
    else if (!address_on_port(st, r->port, &ip->hop, &ip->src))
        return -TARN_EADDRNOTAVAIL;
    return 0;
}

int route_find(struct tarn *st, struct ip_info *ip, int bind_port)
{
    uint32_t dst = tarn_ip_to4(&ip->dst);
    const struct route *r;

    if (!tarn_ip_is4(&ip->dst))
        return -TARN_ENETUNREACH;
    if (is_group(&ip->dst))
        return find_group(st, ip, bind_port);
    r = fib_find(st, dst);
    if (bind_port >= 0 && r != NULL && r->kind != ROUTE_LOCAL && r->port != bind_port)
        r = fib_find_on(st, dst, (unsigned)bind_port);
    if (r == NULL)
        return -TARN_ENETUNREACH;
    ip->port = r->kind == ROUTE_LOCAL ? PORT_LO : r->port;
    ip->hop = r->via != 0 ? tarn_ip4(r->via) : ip->dst;
    ip->mtu = r->mtu != 0 ? r->mtu : port_at(st, ip->port)->info.mtu;
    if (r->kind == ROUTE_UNICAST)
        ip->mtu = pmtu_find(st, &ip->dst, ip->mtu);
    return choose_source(st, r, ip);
}

void route_room(struct tarn *st, const struct ip_info *ip, struct tx_room *out)
{
    uint32_t offload = port_at(st, ip->port)->info.offload;

    out->mtu = ip->mtu;
    out->offload = offload;
    out->gso_max = (offload & LINK_GSO_TX) != 0 ? UINT16_MAX : ip->mtu;
}
