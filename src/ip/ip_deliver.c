/* ip/ip_deliver.c - a packet for this host: its extension headers, put together from fragments,
 * then to its transport. A packet of IPv6 is known by ip->next_at. */
#include "ip/ip.h"
#include "sock/proto.h"

void ip_deliver(struct tarn *st, struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    const struct proto *proto;
    bool copied;

    if (ip->next_at != 0)
        p = ip6_headers(st, ip, p, now);
    else if (ip->frag_bytes != 0 || ip->mf)
        p = reasm_input(st, ip, p, now);
    if (p == NULL)
        return;
    copied = raw_input_copy(st, ip, p, now);
    p->flags |= copied ? PKT_COPIED : 0;
    proto = proto_find(st, ip->proto);
    if (proto != NULL) {
        proto->input(st, ip, p, now);
    } else if (copied) {
        pkt_put(st, p);
    } else {
        icmp_error_send(st, ip, p, (struct icmp_report){ICMP_WHY_PROTOCOL, ip->next_at}, now);
        pkt_drop(st, p, DROP_IP_PROTOCOL);
    }
}
