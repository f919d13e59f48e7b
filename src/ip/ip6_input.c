/* ip/ip6_input.c - a received IPv6 packet: is it one, may it be, is it for us (RFC 8200, RFC 4291,
 * RFC 4007).
 *
 * Addresses that cannot be on a link are refused: loopback and unspecified ones, groups as source,
 * groups that stay within an interface, and IPv4-mapped ones, which are this program's own form of
 * IPv4 (RFC 4291 2.5.5.2) and must not come in by the side door. So is what claims to be from us.
 */
#include "base/bits.h"
#include "ip/address.h"
#include "wire/ip6.h"

static struct tarn_ip address_of(const uint8_t b[16])
{
    struct tarn_ip ip;

    memcpy(ip.b, b, sizeof ip.b);
    return ip;
}

static struct ip_info info_of(const struct pkt *p, const struct ip6_hdr *h)
{
    bool looped = (p->flags & PKT_LOOPED) != 0 && p->sent_on != 0;
    struct ip_info ip = {.src = address_of(h->src),
                         .dst = address_of(h->dst),
                         .proto = h->next,
                         .ttl = h->hops,
                         .tos = h->tclass,
                         .port = p->port,
                         .flow = h->flow,
                         .next_at = IP6_NEXT_AT};

    if (tarn_ip_has_zone(&ip.src) || tarn_ip_has_zone(&ip.dst))
        ip.zone = looped ? p->sent_on : p->port + 1u;
    if (looped && tarn_ip_is_multicast(&ip.dst))
        ip.port = (uint8_t)(p->sent_on - 1);
    return ip;
}

/* Is it an address of ours? Of link scope: on the link that the packet came by. */
static bool is_ours(const struct tarn *st, const struct ip_info *ip, const struct tarn_ip *which)
{
    const struct address *a;

    if (!tarn_ip_is_link_local(which))
        return address_is_local(st, which);
    a = address_find(st, ip->zone - 1, which);
    return a != NULL && a->assigned;
}

/* Does it come from a link, and claims to be from us? Neighbour discovery has to hear of those who
 * have our address (RFC 4862 5.4). */
static bool is_forged(const struct tarn *st, const struct ip_info *ip)
{
    return ip->proto != IP_PROTO_ICMP6 && is_ours(st, ip, &ip->src);
}

/* Why packets between these addresses are refused, or 0. */
static enum tarn_drop refuse(const struct tarn *st, const struct pkt *p, const struct ip_info *ip)
{
    bool group = tarn_ip_is_multicast(&ip->dst);

    if (tarn_ip_is4(&ip->src) || tarn_ip_is4(&ip->dst))
        return DROP_IP6_MAPPED;
    if (tarn_ip_is_any(&ip->dst) || tarn_ip_is_multicast(&ip->src) ||
        (tarn_ip_is_any(&ip->src) && !group) || (group && ip6_scope(&ip->dst) == 0))
        return DROP_IP6_ADDRESS;
    if ((p->flags & PKT_LOOPED) != 0)
        return (enum tarn_drop)0;
    if (tarn_ip_is_loopback(&ip->src) || tarn_ip_is_loopback(&ip->dst) ||
        (group && ip6_scope(&ip->dst) == IP6_SCOPE_INTERFACE) || is_forged(st, ip))
        return DROP_IP6_ADDRESS;
    return (enum tarn_drop)0;
}

/* Take the fixed header off. Where a transport's header is behind others, only the link that left a
 * checksum to us knows yet. */
static void strip_header(struct tarn *st, struct pkt *p, const struct ip6_hdr *h)
{
    p->l3 = (uint16_t)p->head_off;
    pkt_trim(st, p, IP6_HEADER_BYTES + h->payload_bytes);
    pkt_strip(p, IP6_HEADER_BYTES);
    if (p->l4 < p->head_off || p->l4 > p->head_off + p->head_len)
        p->l4 = (uint16_t)p->head_off;
    if (p->csum == PKT_CSUM_PARTIAL && p->l4 + p->csum_offset + 2u > p->head_off + p->head_len)
        p->csum = PKT_CSUM_NONE;
}

/* To an address of ours, to a group we are in, or to somebody else. */
static void route_in(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    bool group = tarn_ip_is_multicast(&ip->dst), zoned = tarn_ip_is_link_local(&ip->dst);

    if (group && !group_hears(st, ip->port, &ip->dst, &ip->src)) {
        pkt_drop(st, p, DROP_GROUP_NOT_OURS);
        return;
    }
    ip->to_us = !group && is_ours(st, ip, &ip->dst);
    if (!ip->to_us && !group && address_is_anycast(st, zoned ? ip->port : -1, &ip->dst))
        ip->to_us = ip->anycast = true;
    if (ip->proto == IP6_HOP_BY_HOP && !ip6_hop_by_hop(st, ip, p, now))
        return;
    if (ip->to_us || group)
        ip_deliver(st, ip, p, now);
    else if (zoned)
        pkt_drop(st, p, address_is_local(st, &ip->dst) ? DROP_IP6_ZONE : DROP_IP_NOT_OURS);
    else
        ip_forward(st, ip, p, now);
}

void ip6_input(struct tarn *st, struct pkt *p, tarn_ns now)
{
    const uint8_t *at = pkt_pull(st, p, min_u32(pkt_len(p), IP6_HEADER_BYTES));
    struct ip6_hdr h;
    struct ip_info ip;
    enum tarn_drop why = DROP_IP6_SHORT;

    stat_add(st, TARN_STAT_IP_IN, p->segs);
    if (st->param[PARAM_IP6_DISABLE] != 0 || port_at(st, p->port)->mute6) {
        pkt_drop(st, p, DROP_IP6_UNSUPPORTED);
        return;
    }
    if (at != NULL)
        why = (enum tarn_drop)ip6_parse(&h, at, p->head_len, pkt_len(p));
    if (why == 0) {
        ip = info_of(p, &h);
        why = refuse(st, p, &ip);
    }
    if (why != 0) {
        pkt_drop(st, p, why);
        return;
    }
    strip_header(st, p, &h);
    route_in(st, &ip, p, now);
}
