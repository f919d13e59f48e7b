/* ip/ip4_input.c - a received IPv4 packet: is it one, may it be, is it for us (RFC 1122 3.2.1).
 *
 * Options by rule (RFC 7126): source routes are refused, whatever else is well-formed passes unless
 * ip.accept-options is off. Addresses that cannot be on the wire are refused: RFC 1122 3.2.1.3 and
 * the registry of RFC 6890; so is a source that is ours or a broadcast address. */
#include "base/bits.h"
#include "ip/ip.h"

static bool is_class_e(uint32_t ip)
{
    return ip >> 28 == 15 && ip != UINT32_MAX;
}

/* Groups of the link alone, 224.0.0.0/24 (RFC 5771 4). */
static bool is_link_group(uint32_t dst)
{
    return dst >> 8 == 0xe00000;
}

/* Can this be the source of a packet from a link? 0.0.0.0 can, of one to everybody (BOOTP) or to a
 * group of the link (queries of switches that snoop, RFC 4541 2.1.1). */
static bool is_source(const struct tarn *st, uint32_t src, uint32_t dst)
{
    unsigned top = src >> 24;
    const struct route *r;

    if (top == 0)
        return src == 0 && (dst == UINT32_MAX || is_link_group(dst));
    if (top == 127 || top >= 224)
        return false;
    r = fib_find4(st, src);
    return r == NULL || r->kind == ROUTE_UNICAST;
}

/* Can this be the destination of a packet from a link? */
static bool is_destination(uint32_t dst)
{
    unsigned top = dst >> 24;

    return top != 0 && top != 127 && !is_class_e(dst);
}

/* Are the addresses of a link's packet ones that it may have? 0, or why not. */
static enum tarn_drop refuse_addresses(const struct tarn *st, const struct pkt *p,
                                       const struct ip4_hdr *h)
{
    if ((p->flags & PKT_LOOPED) != 0)
        return (enum tarn_drop)0;
    if (!is_source(st, h->src, h->dst))
        return DROP_IP4_SOURCE;
    return is_destination(h->dst) ? (enum tarn_drop)0 : DROP_IP4_DESTINATION;
}

/* Why the packet is refused, or 0. */
static enum tarn_drop refuse(const struct tarn *st, const struct pkt *p, const struct ip4_hdr *h)
{
    enum tarn_drop why = refuse_addresses(st, p, h);

    if (why != 0)
        return why;
    if (h->header_bytes > IP4_HEADER_BYTES &&
        ((h->options_seen & IP4_OPT_SOURCE_ROUTE) != 0 || st->param[PARAM_ACCEPT_OPTIONS] == 0))
        return DROP_IP4_OPTION;
    return (enum tarn_drop)0;
}

static struct ip_info info_of(const struct pkt *p, const struct ip4_hdr *h)
{
    bool looped = (p->flags & PKT_LOOPED) != 0 && p->sent_on != 0;

    return (struct ip_info){.src = tarn_ip4(h->src),
                            .dst = tarn_ip4(h->dst),
                            .proto = h->proto,
                            .ttl = h->ttl,
                            .tos = h->tos,
                            .port = looped ? (uint8_t)(p->sent_on - 1) : p->port,
                            .df = h->df,
                            .frag_bytes = h->frag_bytes,
                            .router_alert = (h->options_seen & IP4_OPT_ROUTER_ALERT) != 0,
                            .id = h->id,
                            .mf = h->mf};
}

/* Take the header off; a partial checksum that claims another transport header is none. */
static void strip_header(struct tarn *st, struct pkt *p, const struct ip4_hdr *h)
{
    p->l3 = (uint16_t)p->head_off;
    pkt_trim(st, p, h->total_bytes);
    pkt_strip(p, h->header_bytes);
    if (p->csum == PKT_CSUM_PARTIAL &&
        (p->l4 != p->head_off || p->l4 + p->csum_offset + 2u > p->head_off + p->head_len))
        p->csum = PKT_CSUM_NONE;
    p->l4 = (uint16_t)p->head_off;
}

/* To an address of ours, to a group we are in, or to somebody else. */
static void route_in(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    uint32_t dst = tarn_ip_to4(&ip->dst);
    const struct route *r = fib_find4(st, dst);
    bool group = dst >> 28 == 14;

    ip->to_us = r != NULL && r->kind == ROUTE_LOCAL;
    if (ip->to_us && (p->flags & PKT_BROADCAST) != 0)
        pkt_drop(st, p, DROP_IP4_LINK_BROADCAST);
    else if (group && !group_hears(st, ip->port, &ip->dst, &ip->src))
        pkt_drop(st, p, DROP_GROUP_NOT_OURS);
    else if (ip->to_us || group || dst == UINT32_MAX || (r != NULL && r->kind == ROUTE_BROADCAST))
        ip_deliver(st, ip, p, now);
    else
        ip_forward(st, ip, p, now);
}

/* A malformed option of a packet for us is told (RFC 1122 3.2.2.5). */
static void tell_bad_option(struct tarn *st, struct pkt *p, const struct ip4_hdr *h, tarn_ns now)
{
    struct ip_info ip = info_of(p, h);
    const struct route *r = fib_find4(st, h->dst);

    ip.to_us = r != NULL && r->kind == ROUTE_LOCAL;
    if (!ip.to_us || refuse_addresses(st, p, h) != 0 || p->head_len <= h->header_bytes)
        return;
    p->l3 = (uint16_t)p->head_off;
    p->l4 = (uint16_t)(p->head_off + h->header_bytes);
    icmp_error_send(st, &ip, p, (struct icmp_report){ICMP_WHY_HEADER, h->bad_at}, now);
}

void ip4_input(struct tarn *st, struct pkt *p, tarn_ns now)
{
    const uint8_t *at = pkt_pull(st, p, min_u32(pkt_len(p), IP4_MAX_HEADER_BYTES + 1));
    struct ip4_hdr h;
    struct ip_info ip;
    enum tarn_drop why = DROP_IP4_SHORT;

    stat_add(st, TARN_STAT_IP_IN, p->segs);
    if (at != NULL) {
        why = (enum tarn_drop)ip4_parse(&h, at, p->head_len, pkt_len(p));
        if (why == 0)
            why = refuse(st, p, &h);
        else if (why == DROP_IP4_OPTION)
            tell_bad_option(st, p, &h, now);
    }
    if (why != 0) {
        pkt_drop(st, p, why);
        return;
    }
    ip = info_of(p, &h);
    strip_header(st, p, &h);
    route_in(st, &ip, p, now);
}
