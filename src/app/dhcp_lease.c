/* app/dhcp_lease.c - what a DHCP lease says, and what of it goes into the stack.
 *
 * A server may be wrong or hostile, so a lease is looked at as a whole before it is believed: an
 * address that no host can have, a netmask with holes or a router that is the address itself refuse
 * it. Times are put right instead (RFC 2131 4.4.5): a lease lasts a minute at least, and a T1 or T2
 * out of order is the default. */
#include "app/dhcp.h"
#include "base/array.h"
#include "base/bits.h"

enum { LEASE_MIN_S = 60, MTU_MIN = 576, V4_BITS = 96 };

/* The mask's length; -1 when its ones are not in one piece from the left, or there are none. */
static int mask_len(uint32_t mask)
{
    if (mask == 0 || (~mask & (~mask + 1)) != 0)
        return -1;
    return mask == UINT32_MAX ? 32 : (int)clz32(~mask);
}

/* Without option 1: the class of the address tells (RFC 1122 3.2.1.3). */
static unsigned class_len(uint32_t ip)
{
    if (ip >> 31 == 0)
        return 8;
    return ip >> 30 == 2 ? 16 : 24;
}

static int net_len(const struct dhcp_msg *m)
{
    return (m->has & DHCP_HAS_MASK) != 0 ? mask_len(m->mask) : (int)class_len(m->yiaddr);
}

static uint32_t net_mask(unsigned len)
{
    return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

/* Can one host have this address in a network of `len` bits? */
static bool is_host(uint32_t ip, unsigned len)
{
    uint32_t host = ip & ~net_mask(len);
    unsigned top = ip >> 24;

    if (top == 0 || top == 127 || top >= 224)
        return false;
    return len >= 31 || (host != 0 && host != ~net_mask(len));
}

bool dhcp_is_lease(const struct dhcp_msg *m)
{
    int len = net_len(m);

    if (len < 0 || !is_host(m->yiaddr, (unsigned)len))
        return false;
    if (m->router.n > 0 && m->router.ip[0] == m->yiaddr)
        return false;
    return m->yiaddr != m->server && (m->has & DHCP_HAS_LEASE) != 0;
}

/* T1 and T2 in seconds, as given if they make sense (RFC 2131 4.4.5). */
static void take_times(struct tarn_dhcp_lease *l, const struct dhcp_msg *m)
{
    uint32_t t1, t2;

    l->lease_s = max_u32(m->lease_s, LEASE_MIN_S);
    l->t1_s = l->lease_s / 2;
    l->t2_s = (uint32_t)((uint64_t)l->lease_s * 7 / 8);
    t1 = (m->has & DHCP_HAS_T1) != 0 ? m->t1_s : l->t1_s;
    t2 = (m->has & DHCP_HAS_T2) != 0 ? m->t2_s : l->t2_s;
    if (t1 >= LEASE_MIN_S / 2 && t1 < t2 && t2 < l->lease_s) {
        l->t1_s = t1;
        l->t2_s = t2;
    }
}

void dhcp_lease_take(struct dhcp *d, const struct dhcp_msg *m, tarn_ns asked)
{
    struct tarn_dhcp_lease *l = &d->lease;
    bool forever = m->lease_s == (uint32_t)DHCP_FOREVER;

    *l = (struct tarn_dhcp_lease){
        .address = {.ip = tarn_ip4(m->yiaddr), .len = (uint8_t)(V4_BITS + net_len(m))},
        .server = tarn_ip4(d->server),
        .mtu = m->mtu};
    if (m->router.n > 0)
        l->router = tarn_ip4(m->router.ip[0]);
    for (unsigned i = 0; i < m->ntp.n && i < ARRAY_LEN(l->ntp); i++)
        l->ntp[i] = tarn_ip4(m->ntp.ip[i]);
    memcpy(l->hostname, m->hostname, sizeof l->hostname);
    memcpy(l->domain, m->domain, sizeof l->domain);
    take_times(l, m);
    d->t1_at = forever ? TARN_NEVER : asked + l->t1_s * APP_SECOND;
    d->t2_at = forever ? TARN_NEVER : asked + l->t2_s * APP_SECOND;
    d->ends_at = forever ? TARN_NEVER : asked + l->lease_s * APP_SECOND;
}

static void add_route(struct dhcp_net *net, unsigned port, uint32_t to, unsigned len, uint32_t via)
{
    struct tarn_route *r = &net->route[net->n_routes];

    if (net->n_routes == ARRAY_LEN(net->route))
        return;
    net->n_routes++;
    r->port = port;
    r->to = (struct tarn_prefix){.ip = tarn_ip4(to), .len = (uint8_t)(V4_BITS + len)};
    if (via != 0)
        r->via = tarn_ip4(via);
    r->origin = TARN_ORIGIN_DHCP;
}

/* A router that is not on the network of the address (a /32, as clouds give) is on the link all the
 * same, or it could not be asked. */
static void add_routed(struct dhcp_net *net, unsigned port, const struct dhcp_route *r)
{
    uint32_t ours = tarn_ip_to4(&net->address.ip);

    if (r->via != 0 && ((r->via ^ ours) & net_mask(net->address.len - V4_BITS)) != 0)
        add_route(net, port, r->via, 32, 0);
    add_route(net, port, r->to, r->len, r->via);
}

/* Can there be a host of this address anywhere? */
static bool is_some_host(uint32_t ip)
{
    return is_host(ip, 32);
}

/* Classless routes replace the router (RFC 3442). */
static void take_routes(const struct dhcp *d, const struct dhcp_msg *m, struct dhcp_net *net)
{
    bool router = m->n_routes == 0 && m->router.n > 0 && is_some_host(m->router.ip[0]);

    if (router && !d->no_default_route)
        add_routed(net, d->port, &(struct dhcp_route){.via = m->router.ip[0]});
    for (unsigned i = 0; i < m->n_routes; i++) {
        const struct dhcp_route *r = &m->route[i];

        if ((r->via == 0 || is_some_host(r->via)) && (r->len != 0 || !d->no_default_route))
            add_routed(net, d->port, r);
    }
}

static void take_names(const struct dhcp_msg *m, struct dhcp_net *net)
{
    for (unsigned i = 0; i < m->dns.n; i++)
        if (is_some_host(m->dns.ip[i]))
            net->dns[net->n_dns++] = tarn_ip4(m->dns.ip[i]);
    for (unsigned i = 0; i < m->n_search; i++)
        memcpy(net->domain[net->n_domains++], m->search[i], sizeof m->search[i]);
    if (m->n_search == 0 && m->domain[0] != '\0')
        memcpy(net->domain[net->n_domains++], m->domain, sizeof m->domain);
}

static void net_of(const struct dhcp *d, const struct dhcp_msg *m, struct dhcp_net *net)
{
    memset(net, 0, sizeof *net);
    net->address =
        (struct tarn_prefix){.ip = tarn_ip4(m->yiaddr), .len = (uint8_t)(V4_BITS + net_len(m))};
    if ((m->has & DHCP_HAS_MTU) != 0 && m->mtu >= MTU_MIN)
        net->mtu = m->mtu;
    take_routes(d, m, net);
    take_names(m, net);
}

static struct tarn_address address_of(const struct dhcp *d, const struct dhcp_net *net)
{
    return (struct tarn_address){.port = d->port,
                                 .prefix = net->address,
                                 .origin = TARN_ORIGIN_DHCP,
                                 .preferred_until = d->ends_at,
                                 .valid_until = d->ends_at};
}

static struct tarn_resolver server_of(const struct dhcp *d, unsigned i)
{
    return (struct tarn_resolver){
        .port = d->port, .origin = TARN_ORIGIN_DHCP, .server = {.ip = d->net.dns[i]}};
}

static struct tarn_resolver domain_of(const struct dhcp *d, unsigned i)
{
    struct tarn_resolver r = {.port = d->port, .origin = TARN_ORIGIN_DHCP};

    memcpy(r.domain, d->net.domain[i], sizeof r.domain);
    return r;
}

/* The interface's MTU as the lease has it, never above the link's own; `mtu` 0: as it was. */
static void set_mtu(struct dhcp *d, uint32_t mtu, tarn_ns now)
{
    struct tarn_port_info info;

    if (tarn_port_get(d->with.st, d->port, &info) < 0 || (mtu == 0 && d->link_mtu == 0))
        return;
    if (d->link_mtu == 0)
        d->link_mtu = info.mtu;
    info.mtu = mtu != 0 ? min_u32(mtu, d->link_mtu) : d->link_mtu;
    (void)tarn_port_set(d->with.st, d->port, &info, now, NULL);
    if (mtu == 0)
        d->link_mtu = 0;
}

static void clear_config(struct dhcp *d, tarn_ns now)
{
    struct tarn *st = d->with.st;

    for (unsigned i = d->net.n_routes; i-- > 0;)
        if (d->net.ours[i])
            (void)tarn_route_del(st, &d->net.route[i], now, NULL);
    for (unsigned i = 0; i < d->net.n_dns; i++) {
        struct tarn_resolver r = server_of(d, i);

        (void)tarn_resolver_del(st, &r, now, NULL);
    }
    for (unsigned i = 0; i < d->net.n_domains; i++) {
        struct tarn_resolver r = domain_of(d, i);

        (void)tarn_resolver_del(st, &r, now, NULL);
    }
}

/* Routes, resolvers and MTU of d->net. What is refused (a route that the user has made, a full
 * table) is left out: the address is worth having without it. */
static void set_config(struct dhcp *d, tarn_ns now)
{
    struct tarn *st = d->with.st;

    for (unsigned i = 0; i < d->net.n_routes; i++)
        d->net.ours[i] = tarn_route_add(st, &d->net.route[i], now, NULL) == 0;
    for (unsigned i = 0; i < d->net.n_dns; i++) {
        struct tarn_resolver r = server_of(d, i);

        (void)tarn_resolver_add(st, &r, now, NULL);
    }
    for (unsigned i = 0; i < d->net.n_domains; i++) {
        struct tarn_resolver r = domain_of(d, i);

        (void)tarn_resolver_add(st, &r, now, NULL);
    }
    set_mtu(d, d->net.mtu, now);
}

static void del_address(struct dhcp *d, tarn_ns now)
{
    struct tarn_address a = address_of(d, &d->net);

    (void)tarn_address_del(d->with.st, &a, now, NULL);
}

static bool same_prefix(const struct tarn_prefix *a, const struct tarn_prefix *b)
{
    return a->len == b->len && tarn_ip_equal(&a->ip, &b->ip);
}

static bool same_routes(const struct dhcp_net *a, const struct dhcp_net *b)
{
    for (unsigned i = 0; i < a->n_routes; i++)
        if (!same_prefix(&a->route[i].to, &b->route[i].to) ||
            !tarn_ip_equal(&a->route[i].via, &b->route[i].via))
            return false;
    return a->n_routes == b->n_routes;
}

static bool same_net(const struct dhcp_net *a, const struct dhcp_net *b)
{
    return a->mtu == b->mtu && a->n_dns == b->n_dns && a->n_domains == b->n_domains &&
           memcmp(a->dns, b->dns, sizeof a->dns) == 0 &&
           memcmp(a->domain, b->domain, sizeof a->domain) == 0 && same_routes(a, b);
}

int dhcp_net_set(struct dhcp *d, const struct dhcp_msg *m, bool check, tarn_ns now)
{
    struct tarn_address a;
    struct dhcp_net net;
    int err;

    net_of(d, m, &net);
    if (d->leased && !same_prefix(&net.address, &d->net.address))
        dhcp_net_clear(d, now);
    a = address_of(d, &net);
    a.flags = check ? TARN_ADDRESS_CHECK : 0;
    err = tarn_address_add(d->with.st, &a, now, NULL);
    if (err < 0 && !d->leased)
        return err;
    memcpy(net.ours, d->net.ours, sizeof net.ours);
    if (d->leased && same_net(&net, &d->net))
        return 0;
    if (d->leased)
        clear_config(d, now);
    d->leased = true;
    memcpy(&d->net, &net, sizeof net);
    set_config(d, now);
    return 0;
}

void dhcp_net_clear(struct dhcp *d, tarn_ns now)
{
    if (!d->leased)
        return;
    clear_config(d, now);
    set_mtu(d, 0, now);
    del_address(d, now);
    d->leased = false;
    memset(&d->net, 0, sizeof d->net);
}

int dhcp_net_flags(const struct dhcp *d)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(d->with.st, &cursor, &a))
        if (a.port == d->port && same_prefix(&a.prefix, &d->net.address))
            return a.flags;
    return -1;
}
