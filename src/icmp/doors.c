/* icmp/doors.c - messages that ICMPv6 and IGMP hand on, and that nobody takes yet. */
#include "core/path.h"

void nd_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    (void)ip;
    (void)now;
    pkt_drop(st, p, DROP_ICMP_TYPE);
}

void mld_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    (void)ip;
    (void)now;
    pkt_drop(st, p, DROP_ICMP_TYPE);
}

void igmp_input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    (void)ip;
    (void)now;
    pkt_drop(st, p, DROP_ICMP_TYPE);
}
