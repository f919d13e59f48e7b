/* icmp/igmp.c - IGMP's place among the protocols: its messages are read where groups are kept. */
#include "icmp/icmp_error.h"
#include "wire/ip4.h"

static void input(struct tarn *st, const struct ip_info *ip, struct pkt *p, tarn_ns now)
{
    if (tarn_ip_is4(&ip->dst))
        igmp_input(st, ip, p, now);
    else
        icmp_other_family(st, ip, p, now);
}

const struct proto proto_igmp = {
    .name = "igmp",
    .ip_proto = IP_PROTO_IGMP,
    .type = TARN_RAW,
    .input = input,
};
