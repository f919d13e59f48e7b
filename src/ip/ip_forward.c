/* ip/ip_forward.c - a packet for somebody else: on to the next hop (RFC 1812 5.2, 5.3).
 *
 * Off unless ip.forwarding is set. The header is changed in place; a super-packet keeps its
 * segments and is measured by them. Redirects are not sent. */
#include "base/bits.h"
#include "ip/ip.h"
#include "wire/icmp.h"
#include "wire/patch.h"

/* May packets between these addresses leave their link? RFC 3927 2.7, RFC 1812 5.3.7. */
static bool may_leave_link(const struct pkt *p, const struct ip_info *ip)
{
    static const uint32_t LINK_LOCAL = 0xa9fe; /* 169.254/16 */

    return (p->flags & PKT_BROADCAST) == 0 && !tarn_ip_is_multicast(&ip->dst) &&
           tarn_ip_to4(&ip->src) >> 16 != LINK_LOCAL && tarn_ip_to4(&ip->dst) >> 16 != LINK_LOCAL;
}

static void refuse(struct tarn *st, const struct ip_info *in, struct pkt *p, enum tarn_drop why,
                   tarn_ns now)
{
    struct icmp_report what = {ICMP_WHY_NO_ROUTE, 0};

    if (why == DROP_IP_TTL)
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

void ip_forward(struct tarn *st, struct ip_info *in, struct pkt *p, tarn_ns now)
{
    struct ip_info ip = {.src = in->src, .dst = in->dst, .proto = in->proto};
    bool fits;

    if (st->param[PARAM_FORWARDING] == 0 || !may_leave_link(p, in)) {
        pkt_drop(st, p, DROP_IP_NOT_OURS);
        return;
    }
    if (in->ttl <= 1) {
        refuse(st, in, p, DROP_IP_TTL, now);
        return;
    }
    if (route_find(st, &ip, -1) < 0) {
        refuse(st, in, p, DROP_IP_NO_ROUTE, now);
        return;
    }
    in->mtu = ip.mtu;
    pkt_prepend(p, p->head_off - p->l3);
    fits = wire_bytes(p) <= ip.mtu;
    if (!fits && (in->df || p->gso_size != 0)) {
        pkt_strip(p, p->l4 - p->l3);
        refuse(st, in, p, DROP_IP_FRAG_NEEDED, now);
        return;
    }
    ip4_patch_ttl(p->head + p->l3);
    stat_add(st, TARN_STAT_IP_FORWARDED, p->segs);
    if (fits)
        neigh_output(st, ip.port, &ip.hop, p, now);
    else
        forward_fragments(st, &ip, p, now);
}
