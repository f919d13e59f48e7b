/* addrconf/ra.c - a router advertisement (RFC 4861 6.3.4): parameters of the link, a default
 * router, and options, each to who deals with it. */
#include "addrconf/addrconf.h"

#include "eth/neigh.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

static const struct tarn_ip on_link;

/* RFC 4861 6.2.1: longer reachable times are none; a retransmission timer above that would end all
 * resolution and detection, as long as the interface is up. */
enum { TIME_MAX_MS = 3600000 };

static bool is_time(uint32_t ms)
{
    return ms != 0 && ms <= TIME_MAX_MS;
}

/* Hop limit, times and flags; what is 0 was not said and leaves things as they are. */
static void learn_parameters(struct tarn *st, unsigned port, const struct nd_msg *m)
{
    struct neigh_port *neigh = &eth_layer(st)->port[port];
    struct tarn_router_info *info = &addrconf_at(st, port)->router, before = *info;

    info->seen = true;
    info->managed = m->managed;
    info->other = m->other;
    if (m->hops != 0)
        ip_layer(st)->port_hops[port] = info->hop_limit = m->hops;
    if (is_time(m->reachable_ms))
        neigh->reachable_ms = info->reachable_ms = m->reachable_ms;
    if (is_time(m->retrans_ms))
        neigh->retrans_ms = info->retrans_ms = m->retrans_ms;
    if (!before.seen || before.managed != info->managed || before.other != info->other)
        control_changed(st);
}

/* At least what every link carries (RFC 8200 5), at most what this one does. */
static void learn_mtu(struct tarn *st, unsigned port, uint32_t mtu)
{
    struct tarn_port_info *info = &port_at(st, port)->info;

    if (mtu < IP6_MIN_MTU || mtu > info->mtu || mtu == info->mtu6)
        return;
    info->mtu6 = mtu;
    routes_changed(st);
    control_changed(st);
}

static void learn_prefix(struct tarn *st, unsigned port, const struct tarn_ip *router,
                         const struct nd_option *o, tarn_ns now)
{
    struct nd_prefix p;
    struct nd_route r;
    struct tarn_ip ip;

    if (!nd_prefix_parse(&p, o))
        return;
    memcpy(ip.b, p.prefix, sizeof ip.b);
    if (tarn_ip_is_link_local(&ip) || tarn_ip_is_multicast(&ip) || tarn_ip_is4(&ip))
        return;
    r = (struct nd_route){.len = p.len, .lifetime_s = p.valid_s};
    memcpy(r.prefix, p.prefix, sizeof r.prefix);
    if (p.on_link)
        router_route(st, port, &on_link, &r, now);
    slaac_prefix(st, port, router, &p, now);
}

static void learn_route(struct tarn *st, unsigned port, const struct tarn_ip *router,
                        const struct nd_option *o, tarn_ns now)
{
    struct nd_route r;
    struct tarn_ip ip;

    if (!nd_route_parse(&r, o))
        return;
    memcpy(ip.b, r.prefix, sizeof ip.b);
    if (!tarn_ip_is_multicast(&ip) && !(r.len > 0 && tarn_ip_is_link_local(&ip)))
        router_route(st, port, router, &r, now);
}

static void learn_options(struct tarn *st, unsigned port, const struct tarn_ip *router,
                          const struct nd_msg *m, tarn_ns now)
{
    struct nd_option o;
    size_t at = 0;

    while (nd_option_next(m, &at, &o)) {
        switch (o.type) {
        case ND_PREFIX: learn_prefix(st, port, router, &o, now); break;
        case ND_ROUTE: learn_route(st, port, router, &o, now); break;
        case ND_RDNSS:
        case ND_DNSSL: rdnss_learn(st, port, &o, now); break;
        default: break;
        }
    }
}

static void advertised(struct tarn *st, unsigned port, const struct tarn_ip *router,
                       const struct nd_msg *m, tarn_ns now)
{
    struct nd_route everywhere = {.lifetime_s = m->lifetime_s, .preference = m->preference};

    neigh_hint(st, port, router, m->has_source_mac ? m->source_mac : NULL, NEIGH_ROLE_ROUTER, now);
    learn_parameters(st, port, m);
    learn_mtu(st, port, m->mtu);
    router_route(st, port, router, &everywhere, now);
    if (m->lifetime_s != 0) {
        solicit_end(st, port);
        router_heard(st, port, router, now);
    }
    learn_options(st, port, router, m, now);
}

/* What hosts do with a solicitation is nothing; a router learns who asks (RFC 4861 6.2.6). */
static bool solicited(struct tarn *st, unsigned port, const struct tarn_ip *src,
                      const struct nd_msg *m, tarn_ns now)
{
    if (st->param[PARAM_IP6_FORWARDING] == 0)
        return false;
    if (m->has_source_mac)
        neigh_hint(st, port, src, m->source_mac, NEIGH_ROLE_HOST, now);
    return true;
}

void router_input(struct tarn *st, const struct ip_info *ip, const struct nd_msg *m, struct pkt *p,
                  tarn_ns now)
{
    bool heard = false;

    if (m->type == ICMP6_REDIRECT) {
        heard = redirect_input(st, ip, m, p->port, now);
    } else if (m->type == ICMP6_ROUTER_SOLICIT) {
        heard = solicited(st, p->port, &ip->src, m, now);
    } else if (addrconf_hears_routers(st, p->port)) {
        advertised(st, p->port, &ip->src, m, now);
        heard = true;
    }
    if (heard)
        pkt_put(st, p);
    else
        pkt_drop(st, p, DROP_ND_ROUTER);
}
