/* ip/control.c - the control plane's requests (tarn/control.h): interfaces, addresses, routes,
 * neighbours. Each is checked whole before anything changes, and says which field is at fault. */
#include "ip/control.h"
#include "base/bytes.h"
#include "eth/neigh.h"
#include "ip/ip.h"
#include "tarn/link.h"

enum { MTU_MIN = 68, MTU_MAX = 65535, V4_BITS = 96 };

uint32_t tarn_generation(const struct tarn *st)
{
    return st->generation;
}

/* The name's length; TARN_IFNAME_BYTES when it is not ended within its room. */
static size_t name_len(const char *name)
{
    size_t n = 0;

    while (n < TARN_IFNAME_BYTES && name[n] != '\0')
        n++;
    return n;
}

static bool name_taken(const struct tarn *st, const char *name)
{
    for (unsigned i = 0; i < port_count(st); i++)
        if (memcmp(port_at(st, i)->info.name, name, name_len(name) + 1) == 0)
            return true;
    return false;
}

static int check_mtu(uint32_t mtu, struct tarn_control_error *e)
{
    if (mtu < MTU_MIN || mtu > MTU_MAX)
        return control_refuse(e, -TARN_EINVAL, "mtu", "the MTU is below 68 or above 65535");
    return 0;
}

/* A VLAN's carrier, and what the VLAN takes over from it. */
static int take_carrier(const struct tarn *st, struct tarn_port_info *info,
                        struct tarn_control_error *e)
{
    enum { VLAN_MAX = 4094 };
    const struct tarn_port_info *carrier;

    if (info->vlan == 0)
        return 0;
    if (info->vlan > VLAN_MAX)
        return control_refuse(e, -TARN_EINVAL, "vlan", "a VLAN's number is 1 to 4094");
    if (info->vlan_of >= port_count(st))
        return control_refuse(e, -TARN_ENODEV, "vlan_of", "there is no such interface");
    carrier = &port_at(st, info->vlan_of)->info;
    if (carrier->medium != LINK_ETHERNET || carrier->vlan != 0)
        return control_refuse(e, -TARN_EINVAL, "vlan_of", "the interface carries no tags");
    if (port_find_vlan(st, info->vlan_of, info->vlan) >= 0)
        return control_refuse(e, -TARN_EEXIST, "vlan", "an interface has this VLAN");
    if (info->mtu > carrier->mtu)
        return control_refuse(e, -TARN_EINVAL, "mtu", "the MTU is above that of the carrier");
    memcpy(info->mac, carrier->mac, sizeof info->mac);
    info->medium = LINK_ETHERNET;
    info->offload = carrier->offload;
    return 0;
}

int tarn_port_add(struct tarn *st, const struct tarn_port_info *asked, struct tarn_control_error *e)
{
    struct tarn_port_info own = *asked, *info = &own;
    size_t len = name_len(info->name);
    int err = check_mtu(info->mtu, e);

    if (err < 0)
        return err;
    if (len == 0 || len == TARN_IFNAME_BYTES)
        return control_refuse(e, -TARN_EINVAL, "name", "the name is empty or longer than 15 bytes");
    if ((info->mac[0] & 1) != 0)
        return control_refuse(e, -TARN_EINVAL, "mac", "the link address is a group's");
    if (name_taken(st, info->name))
        return control_refuse(e, -TARN_EEXIST, "name", "an interface has this name");
    err = take_carrier(st, info, e);
    if (err < 0)
        return err;
    err = port_new(st, info);
    if (err < 0)
        return control_refuse(e, err, NULL, "there are 64 interfaces already");
    routes_changed(st);
    return err;
}

int tarn_port_get(const struct tarn *st, unsigned port, struct tarn_port_info *out)
{
    if (port >= port_count(st))
        return -TARN_ENODEV;
    *out = port_at(st, port)->info;
    return 0;
}

static int no_port(struct tarn_control_error *e)
{
    return control_refuse(e, -TARN_ENODEV, "port", "there is no such interface");
}

/* Tell a network that this is where an address of ours lives. */
static void announce(struct tarn *st, const struct tarn_address *a, tarn_ns now)
{
    const struct port *o = port_at(st, a->port);

    if (o->info.up && o->info.medium == LINK_ETHERNET)
        arp_announce(st, a->port, &a->prefix.ip, now);
}

static void went_up(struct tarn *st, unsigned port, tarn_ns now)
{
    const struct ip_layer *ip = ip_layer(st);

    fib_port_changed(st, port);
    for (uint32_t i = 0; i < ip->n_addresses; i++)
        if (ip->address[i].port == port)
            announce(st, &ip->address[i], now);
}

static void went_down(struct tarn *st, unsigned port)
{
    fib_port_changed(st, port);
    neigh_flush_port(st, port);
    port_flush(st, port);
}

int tarn_port_set(struct tarn *st, unsigned port, const struct tarn_port_info *info, tarn_ns now,
                  struct tarn_control_error *e)
{
    struct port *o;
    int err = check_mtu(info->mtu, e);
    bool was_up;

    if (port >= port_count(st))
        return no_port(e);
    if (err < 0)
        return err;
    st->now = now;
    o = port_at(st, port);
    was_up = o->info.up;
    o->info.mtu = info->mtu;
    o->info.up = info->up;
    o->info.carrier = info->carrier;
    if (!was_up && info->up)
        went_up(st, port, now);
    else if (was_up && !info->up)
        went_down(st, port);
    routes_changed(st);
    return 0;
}

static int check_prefix(const struct tarn_prefix *p, struct tarn_control_error *e)
{
    if (!tarn_ip_is4(&p->ip))
        return control_refuse(e, -TARN_EAFNOSUPPORT, "ip", "IPv6 is not carried by this stack");
    if (p->len < V4_BITS || p->len > 128)
        return control_refuse(e, -TARN_EINVAL, "len", "the prefix length is beyond the address");
    return 0;
}

/* The routes that an address brings; the n-th of them into r, false: no such. */
static bool address_route(const struct tarn_address *a, unsigned n, struct route *r)
{
    uint32_t ip = tarn_ip_to4(&a->prefix.ip);
    unsigned len = a->prefix.len - V4_BITS;
    uint32_t net = ip & prefix_mask(len);

    *r = (struct route){.port = (uint8_t)a->port, .source = ip, .automatic = true};
    switch (n) {
    case 0:
        r->kind = ROUTE_LOCAL;
        r->len = (uint8_t)(a->port == PORT_LO ? len : 32);
        r->prefix = ip & prefix_mask(r->len);
        return true;
    case 1:
        r->kind = ROUTE_UNICAST;
        r->len = (uint8_t)len;
        r->prefix = net;
        return a->port != PORT_LO && len < 32;
    case 2:
    case 3:
        r->kind = ROUTE_BROADCAST;
        r->len = 32;
        r->prefix = n == 2 ? net : net | ~prefix_mask(len);
        return a->port != PORT_LO && len < 31;
    default: return false;
    }
}

static bool same_address(const struct tarn_address *a, const struct tarn_address *b)
{
    return a->port == b->port && a->prefix.len == b->prefix.len &&
           tarn_ip_equal(&a->prefix.ip, &b->prefix.ip);
}

/* The first n routes of an address go. */
static void del_routes(struct tarn *st, const struct tarn_address *a, unsigned n)
{
    struct route want;

    for (unsigned i = 0; i < n && address_route(a, i, &want); i++) {
        struct route *r = fib_exact(st, want.prefix, want.len);

        while (r != NULL && (!r->automatic || r->kind != want.kind || r->port != want.port ||
                             r->source != want.source))
            r = fib_exact_next(st, r);
        if (r != NULL)
            fib_del(st, r);
    }
}

int tarn_address_add(struct tarn *st, const struct tarn_address *a, tarn_ns now,
                     struct tarn_control_error *e)
{
    struct ip_layer *ip = ip_layer(st);
    struct route r;
    int err = check_prefix(&a->prefix, e);

    if (err < 0)
        return err;
    if (a->port >= port_count(st))
        return no_port(e);
    if (tarn_ip_is_any(&a->prefix.ip) || tarn_ip_is_multicast(&a->prefix.ip) ||
        tarn_ip_is_broadcast(&a->prefix.ip))
        return control_refuse(e, -TARN_EINVAL, "ip", "this is not an address of one host");
    for (uint32_t i = 0; i < ip->n_addresses; i++)
        if (same_address(&ip->address[i], a))
            return control_refuse(e, -TARN_EEXIST, "ip", "the interface has this address");
    if (ip->n_addresses == ADDRESS_MAX)
        return control_refuse(e, -TARN_ENOSPC, NULL, "there are 256 addresses already");
    st->now = now;
    for (unsigned n = 0; address_route(a, n, &r); n++) {
        if (fib_add(st, &r) == NULL) {
            del_routes(st, a, n);
            return control_refuse(e, -TARN_ENOBUFS, NULL, "no memory for its routes");
        }
    }
    ip->address[ip->n_addresses++] = *a;
    announce(st, a, now);
    return 0;
}

int tarn_address_del(struct tarn *st, const struct tarn_address *a, tarn_ns now,
                     struct tarn_control_error *e)
{
    struct ip_layer *ip = ip_layer(st);

    st->now = now;
    for (uint32_t i = 0; i < ip->n_addresses; i++) {
        if (!same_address(&ip->address[i], a))
            continue;
        del_routes(st, a, UINT32_MAX);
        ip->n_addresses--;
        memmove(&ip->address[i], &ip->address[i + 1],
                (ip->n_addresses - i) * sizeof ip->address[0]);
        return 0;
    }
    return control_refuse(e, -TARN_EADDRNOTAVAIL, "ip", "the interface does not have this address");
}

bool tarn_address_next(const struct tarn *st, uint32_t *cursor, struct tarn_address *out)
{
    if (*cursor >= ip_layer(st)->n_addresses)
        return false;
    *out = ip_layer(st)->address[(*cursor)++];
    return true;
}
