/* RFC 4443 2.2 (b): "If the message is a response to a message sent to any other address, such as
 * a multicast group address, an anycast address implemented by the node, or a unicast address
 * that does not belong to the node the Source Address of the ICMPv6 packet MUST be a unicast
 * address belonging to the node." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_source_of_a_router_is_its_own)
{
    static struct conform_packet p;
    struct ip6_hdr h = conform_from(TN, FAR);
    struct rig r;

    h.hops = 1;
    conform_open_router(&r);
    conform_udp(&r, h, 9, 10);
    conform_expect(&r, &p, ICMP6_TIME_EXCEEDED);
    CHECK_MEM(p.ip.src, NUT.b, 16);
    rig_close(&r);
}
