/* ip/ip_forward.c - a packet for somebody else: on to the next hop (RFC 1812 5.2, 5.3, RFC 8200).
 *
 * Off unless ip.forwarding or ip6.forwarding is set. The header is changed in place; a super-packet
 * keeps its segments and is measured by them. A packet of IPv6 is never cut here. Redirects are not
 * sent. */
#include "ip/ip.h"
#include "wire/ip6.h"
#include "wire/patch.h"

/* Why a packet between these addresses may not leave its link, or 0: RFC 3927 2.7, RFC 1812 5.3.7;
 * RFC 4291 2.5.2, RFC 4007 9. */
static enum tarn_drop stays(const struct tarn *st, const struct pkt *p, const struct ip_info *ip)
{
    bool four = tarn_ip_is4(&ip->dst);

    if (st->param[four ? PARAM_FORWARDING : PARAM_IP6_FORWARDING] == 0 ||
        (p->flags & PKT_BROADCAST) != 0 || tarn_ip_is_multicast(&ip->dst) ||
        tarn_ip_is_link_local(&ip->dst))
        return DROP_IP_NOT_OURS;
    if (four)
        return tarn_ip_is_link_local(&ip->src) ? DROP_IP_NOT_OURS : (enum tarn_drop)0;
    return tarn_ip_is_link_local(&ip->src) ? DROP_IP6_ZONE : (enum tarn_drop)0;
}

static void refuse(struct tarn *st, const struct ip_info *in, struct pkt *p, enum tarn_drop why,
                   tarn_ns now)
{
    struct icmp_report what = {ICMP_WHY_NO_ROUTE, 0};

    if (why == DROP_IP6_ZONE)
        what = (struct icmp_report){ICMP_WHY_SCOPE, 0};
    else if (why == DROP_IP_TTL)
        what = (struct icmp_report){ICMP_WHY_TTL, 0};
    else if (why == DROP_IP_FRAG_NEEDED)
        what = (struct icmp_report){ICMP_WHY_TOO_BIG, in->mtu};
    icmp_error_send(st, in, p, what, now);
    pkt_drop(st, p, why);
}

/* The largest packet that p will be on the wire. */
static uint32_t wire_bytes(struct pkt *p)
{
    uint32_t headers = p->l4 - p->l3;

    if (p->gso_size == 0)
        return pkt_len(p);
    if (p->gso != PKT_GSO_UDP)
        headers += tcp_header_bytes(p->head + p->l4);
    return headers + p->gso_size;
}

/* Cut p, which begins at its header, for a link that takes less. */
static void forward_fragments(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    struct ip4_hdr h;

    if (ip4_parse(&h, pkt_head(p), p->head_len, pkt_len(p)) != WIRE_OK) {
        TARN_BUG(st);
        pkt_drop(st, p, DROP_BUG);
        return;
    }
    pkt_csum_finish(st, p);
    pkt_strip(p, h.header_bytes);
    ip4_fragment(st, ip, &h, p, now);
}

static void patch_hops(uint8_t *l3)
{
    if (l3[0] >> 4 == 4)
        ip4_patch_ttl(l3);
    else
        l3[IP6_HOPS_AT]--;
}

/* Why the packet cannot go on, or 0: then `out` has its way. */
static enum tarn_drop check(struct tarn *st, const struct ip_info *in, const struct pkt *p,
                            struct ip_info *out)
{
    enum tarn_drop why = stays(st, p, in);

    if (why != 0)
        return why;
    if (in->ttl <= 1)
        return DROP_IP_TTL;
    return route_find(st, out, -1) < 0 ? DROP_IP_NO_ROUTE : (enum tarn_drop)0;
}

void ip_forward(struct tarn *st, struct ip_info *in, struct pkt *p, tarn_ns now)
{
    struct ip_info ip = {.src = in->src, .dst = in->dst, .proto = in->proto};
    enum tarn_drop why = check(st, in, p, &ip);
    bool fits;

    if (why == DROP_IP_NOT_OURS) {
        pkt_drop(st, p, why);
        return;
    }
    if (why != 0) {
        refuse(st, in, p, why, now);
        return;
    }
    in->mtu = ip.mtu;
    pkt_prepend(p, p->head_off - p->l3);
    fits = wire_bytes(p) <= ip.mtu;
    if (!fits && (in->df || p->gso_size != 0 || !tarn_ip_is4(&ip.dst))) {
        pkt_strip(p, p->l4 - p->l3);
        refuse(st, in, p, DROP_IP_FRAG_NEEDED, now);
        return;
    }
    patch_hops(p->head + p->l3);
    stat_add(st, TARN_STAT_IP_FORWARDED, p->segs);
    if (fits)
        neigh_output(st, ip.port, &ip.hop, p, now);
    else
        forward_fragments(st, &ip, p, now);
}
