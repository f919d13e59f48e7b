/* RFC 4443 3.1: "If the reason for the failure to deliver is lack of a matching entry in the
 * forwarding node's routing table, the Code field is set to 0." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_no_route)
{
    static struct conform_packet p;
    struct icmp6_hdr m;
    struct rig r;

    conform_open_alone(&r);
    conform_neighbour(&r, TN);
    conform_param(&r, "ip6.forwarding", 1);
    conform_udp(&r, conform_from(TN, FAR), 9, 10);
    m = conform_expect(&r, &p, ICMP6_UNREACHABLE);
    CHECK_EQ(m.code, ICMP6_NO_ROUTE);
    CHECK_MEM(p.ip.dst, TN.b, 16);
    rig_close(&r);
}
