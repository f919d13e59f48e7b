/* eth/nd.c - neighbour discovery between stations: solicitations and advertisements in both
 * directions (RFC 4861 7), and what duplicate address detection needs of them (RFC 4862 5.4).
 *
 * Each of our messages goes straight to the link: the network layer has no part in it. A probe for
 * duplicates carries a nonce (RFC 7527), a keyed hash of what it asks for: so a probe that comes
 * back to us is recognised without a memory of those sent. Fragments are refused (RFC 6980). What
 * concerns routers is checked here for its form and handed to router_input(). */
#include "wire/nd.h"

#include "eth/neigh.h"
#include "tarn/link.h"
#include "wire/eth.h"
#include "wire/icmp6.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

enum { HOPS = 255 };

static const struct tarn_ip all_nodes = {{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
static const struct tarn_ip all_routers = {{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};

/* A message on its way out. */
struct outgoing {
    struct tarn_ip src, dst;
    const uint8_t *mac; /* where it goes; NULL: as the neighbour table has it */
    struct nd_msg m;    /* its has_... members name the options that it carries */
};

static struct tarn_ip solicited_node(const struct tarn_ip *ip)
{
    struct tarn_ip group;

    nd_solicited_node(group.b, ip->b);
    return group;
}

static void put_options(struct writer *w, const struct nd_msg *m)
{
    if (m->has_source_mac)
        nd_put_mac(w, ND_SOURCE_MAC, m->source_mac);
    if (m->has_target_mac)
        nd_put_mac(w, ND_TARGET_MAC, m->target_mac);
    if (m->has_nonce)
        nd_put_nonce(w, m->nonce);
}

static void build(struct pkt *p, const struct outgoing *o)
{
    struct ip6_hdr h = {.next = IP_PROTO_ICMP6, .hops = HOPS};
    uint8_t *at = pkt_head(p), *icmp = at + IP6_HEADER_BYTES;
    struct writer w = wr_init(icmp, PKT_HEAD_BYTES - p->head_off - IP6_HEADER_BYTES);
    uint32_t bytes;

    nd_put(&w, &o->m);
    put_options(&w, &o->m);
    bytes = (uint32_t)(w.at - icmp);
    h.payload_bytes = (uint16_t)bytes;
    memcpy(h.src, o->src.b, sizeof h.src);
    memcpy(h.dst, o->dst.b, sizeof h.dst);
    ip6_build(at, &h);
    icmp6_finish(icmp, bytes, h.src, h.dst);
    p->head_len = IP6_HEADER_BYTES + bytes;
    p->l3 = (uint16_t)p->head_off;
    p->l4 = (uint16_t)(p->head_off + IP6_HEADER_BYTES);
}

static void send(struct tarn *st, unsigned port, const struct outgoing *o, tarn_ns now)
{
    struct pkt *p;

    if (port_at(st, port)->mute6)
        return;
    p = pkt_get(st, 0, PKT_RX_ROOM);
    if (p == NULL) {
        st->drop[DROP_POOL_EMPTY]++;
        return;
    }
    build(p, o);
    stat_add(st, TARN_STAT_IP_OUT, 1);
    if (o->mac != NULL)
        eth_output(st, port, o->mac, ETH_IP6, p, now);
    else
        neigh_output(st, port, &o->dst, p, now);
}

static void add_mac(const struct tarn *st, unsigned port, bool *has, uint8_t mac[ND_MAC_BYTES])
{
    *has = true;
    memcpy(mac, port_at(st, port)->info.mac, ND_MAC_BYTES);
}

/* May our address be the source of what goes out with our link address (RFC 4862 5.4, RFC 4429
 * 3.1)? */
static bool is_settled(const struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    int flags = address_flags(st, port, ip);

    return flags >= 0 && (flags & (TARN_ADDRESS_TENTATIVE | TARN_ADDRESS_DUPLICATE)) == 0;
}

void nd_ask(struct tarn *st, unsigned port, const struct tarn_ip *ip, const uint8_t *mac,
            const struct tarn_ip *from, tarn_ns now)
{
    struct outgoing o = {.m = {.type = ICMP6_NEIGH_SOLICIT}, .mac = mac};

    if (from != NULL && is_settled(st, port, from))
        o.src = *from;
    else if (!address_on_port(st, port, ip, &o.src) || !is_settled(st, port, &o.src))
        return;
    o.dst = mac != NULL ? *ip : solicited_node(ip);
    memcpy(o.m.target, ip->b, sizeof o.m.target);
    add_mac(st, port, &o.m.has_source_mac, o.m.source_mac);
    send(st, port, &o, now);
}

void nd_solicit(struct tarn *st, unsigned port, tarn_ns now)
{
    static const struct tarn_ip near = {{0xfe, 0x80}};
    struct outgoing o = {.dst = all_routers, .m = {.type = ICMP6_ROUTER_SOLICIT}};

    if (address_on_port(st, port, &near, &o.src) && is_settled(st, port, &o.src))
        add_mac(st, port, &o.m.has_source_mac, o.m.source_mac);
    else
        memset(&o.src, 0, sizeof o.src);
    send(st, port, &o, now);
}

/* What marks our own probes for `ip` on `port`. */
static void nonce_of(const struct tarn *st, unsigned port, const struct tarn_ip *ip,
                     uint8_t nonce[ND_NONCE_BYTES])
{
    uint64_t words[3] = {load_be64(ip->b), load_be64(ip->b + 8), port};
    uint8_t bytes[8];

    store_be64(bytes, siphash_words(&st->hash_key, words, 3));
    memcpy(nonce, bytes, ND_NONCE_BYTES);
}

void nd_probe(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now)
{
    struct outgoing o = {.m = {.type = ICMP6_NEIGH_SOLICIT, .has_nonce = true}};

    o.dst = solicited_node(ip);
    memcpy(o.m.target, ip->b, sizeof o.m.target);
    nonce_of(st, port, ip, o.m.nonce);
    send(st, port, &o, now);
}

/* An advertisement of our address `ip`, still without what depends on its occasion. */
static struct outgoing advert_of(const struct tarn *st, unsigned port, const struct tarn_ip *ip)
{
    struct outgoing o = {.src = *ip, .m = {.type = ICMP6_NEIGH_ADVERT}};

    o.m.router = st->param[PARAM_IP6_FORWARDING] != 0;
    memcpy(o.m.target, ip->b, sizeof o.m.target);
    add_mac(st, port, &o.m.has_target_mac, o.m.target_mac);
    return o;
}

void nd_announce(struct tarn *st, unsigned port, const struct tarn_ip *ip, tarn_ns now)
{
    struct outgoing o = advert_of(st, port, ip);

    o.dst = all_routers;
    send(st, port, &o, now);
}

/* Answer a solicitation from `asker` for our address (RFC 4861 7.2.4). */
static void answer(struct tarn *st, unsigned port, const struct tarn_ip *ip,
                   const struct tarn_ip *asker, tarn_ns now)
{
    struct outgoing o = advert_of(st, port, ip);

    if (address_flags(st, port, ip) < 0)
        (void)address_on_port(st, port, asker, &o.src); /* anycast */
    o.dst = tarn_ip_is_any(asker) ? all_nodes : *asker;
    o.m.solicited = !tarn_ip_is_any(asker);
    o.m.override = is_settled(st, port, ip);
    send(st, port, &o, now);
}

/* A solicitation for an address that we are checking ourselves (RFC 4862 5.4.3, RFC 7527 4.2);
 * true: somebody else wants it. */
static bool is_conflict(const struct tarn *st, unsigned port, const struct tarn_ip *target,
                        const struct ip_info *ip, const struct nd_msg *m)
{
    uint8_t ours[ND_NONCE_BYTES];

    if (!tarn_ip_is_any(&ip->src))
        return false;
    nonce_of(st, port, target, ours);
    return !m->has_nonce || memcmp(m->nonce, ours, ND_NONCE_BYTES) != 0;
}

static enum tarn_drop check_solicit(const struct tarn *st, unsigned port, const struct ip_info *ip,
                                    const struct nd_msg *m, const struct tarn_ip *target)
{
    struct tarn_ip group = solicited_node(target);
    int flags = address_flags(st, port, &ip->src);

    if (tarn_ip_is_any(&ip->src) && (m->has_source_mac || !tarn_ip_equal(&ip->dst, &group)))
        return DROP_ND_SOURCE;
    if (flags >= 0 && (flags & TARN_ADDRESS_DUPLICATE) == 0)
        return DROP_ND_CONFLICT; /* our own, or of who takes our address: no neighbour of ours */
    if (m->has_source_mac && eth_is_group(m->source_mac))
        return DROP_ND_FORM;
    return (enum tarn_drop)0;
}

/* May the solicitation for `target` be answered? Anycast addresses of ours have no record. */
static enum tarn_drop check_target(struct tarn *st, const struct ip_info *ip,
                                   const struct nd_msg *m, unsigned port,
                                   const struct tarn_ip *target, tarn_ns now)
{
    int flags = address_flags(st, port, target);

    if (flags < 0)
        return address_is_anycast(st, (int)port, target) ? (enum tarn_drop)0 : DROP_ND_NOT_OURS;
    if ((flags & TARN_ADDRESS_DUPLICATE) != 0)
        return DROP_ND_NOT_OURS;
    if ((flags & TARN_ADDRESS_TENTATIVE) != 0 && is_conflict(st, port, target, ip, m)) {
        dad_conflict(st, port, target, now);
        return DROP_ND_CONFLICT;
    }
    if ((flags & TARN_ADDRESS_TENTATIVE) != 0 && (flags & TARN_ADDRESS_OPTIMISTIC) == 0)
        return DROP_ND_NOT_OURS;
    return (enum tarn_drop)0;
}

/* RFC 4861 7.2.3; the reason to drop it, or 0: it has been dealt with. */
static enum tarn_drop solicited(struct tarn *st, const struct ip_info *ip, const struct nd_msg *m,
                                unsigned port, tarn_ns now)
{
    struct tarn_ip target;
    enum tarn_drop why;

    memcpy(target.b, m->target, sizeof target.b);
    why = check_solicit(st, port, ip, m, &target);
    if (why != 0)
        return why;
    why = check_target(st, ip, m, port, &target, now);
    if (why != 0)
        return why;
    if (m->has_source_mac)
        neigh_hint(st, port, &ip->src, m->source_mac, NEIGH_ROLE_UNKNOWN, now);
    answer(st, port, &target, &ip->src, now);
    return (enum tarn_drop)0;
}

/* RFC 4861 7.2.5, RFC 4862 5.4.4. */
static enum tarn_drop advertised(struct tarn *st, const struct ip_info *ip, const struct nd_msg *m,
                                 unsigned port, tarn_ns now)
{
    struct neigh_advert a = {.mac = m->has_target_mac ? m->target_mac : NULL,
                             .router = m->router,
                             .solicited = m->solicited,
                             .override = m->override};
    struct tarn_ip target;
    int flags;

    memcpy(target.b, m->target, sizeof target.b);
    if (m->solicited && tarn_ip_is_multicast(&ip->dst))
        return DROP_ND_FORM;
    if (a.mac != NULL && eth_is_group(a.mac))
        return DROP_ND_FORM;
    flags = address_flags(st, port, &target);
    if (flags >= 0) {
        if ((flags & TARN_ADDRESS_TENTATIVE) != 0)
            dad_conflict(st, port, &target, now);
        return DROP_ND_CONFLICT;
    }
    return neigh_advertised(st, port, &target, &a, now) ? (enum tarn_drop)0 : DROP_ND_NOT_OURS;
}

/* A message by or for a router: is its source one that it may have (RFC 4861 6.1, 8.1)? */
static enum tarn_drop check_router(const struct ip_info *ip, const struct nd_msg *m)
{
    if ((m->has_source_mac && eth_is_group(m->source_mac)) ||
        (m->has_target_mac && eth_is_group(m->target_mac)))
        return DROP_ND_FORM;
    if (m->type == ICMP6_ROUTER_SOLICIT)
        return tarn_ip_is_any(&ip->src) && m->has_source_mac ? DROP_ND_SOURCE : (enum tarn_drop)0;
    return tarn_ip_is_link_local(&ip->src) ? (enum tarn_drop)0 : DROP_ND_SOURCE;
}

/* Parse the message into m, whose options lie in buf. */
static enum tarn_drop parse(struct tarn *st, const struct ip_info *ip, struct pkt *p,
                            uint8_t buf[ND_MAX_BYTES], struct nd_msg *m)
{
    uint32_t n = pkt_len(p);

    if (port_at(st, p->port)->info.medium != LINK_ETHERNET)
        return DROP_ND_NOT_OURS;
    if (ip->ttl != HOPS)
        return DROP_ND_HOP_LIMIT;
    if (ip->fragmented || n > ND_MAX_BYTES || pkt_copy_out(st, p, 0, buf, n) != n)
        return DROP_ND_FORM;
    return (enum tarn_drop)nd_parse(m, buf, n);
}

void nd_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    uint8_t buf[ND_MAX_BYTES];
    struct nd_msg m;
    enum tarn_drop why = parse(st, ip, p, buf, &m);

    if (why == 0 && m.type != ICMP6_NEIGH_SOLICIT && m.type != ICMP6_NEIGH_ADVERT) {
        why = check_router(ip, &m);
        if (why == 0) {
            router_input(st, ip, &m, p, now);
            return;
        }
    }
    if (why == 0)
        why = m.type == ICMP6_NEIGH_SOLICIT ? solicited(st, ip, &m, p->port, now)
                                            : advertised(st, ip, &m, p->port, now);
    if (why != 0)
        pkt_drop(st, p, why);
    else
        pkt_put(st, p);
}
