/* RFC 4443 3.1: "A destination node SHOULD originate a Destination Unreachable message with Code
 * 4 in response to a packet for which the transport protocol (e.g., UDP) has no listener, if that
 * transport protocol has no alternative means to inform the sender." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_port_unreachable)
{
    static struct conform_packet p;
    struct icmp6_hdr m;
    struct rig r;

    conform_open(&r);
    conform_udp(&r, conform_from(TN_LOCAL, NUT_LOCAL), 9, 10);
    m = conform_expect(&r, &p, ICMP6_UNREACHABLE);
    CHECK_EQ(m.code, ICMP6_PORT);
    CHECK_MEM(p.ip.dst, TN_LOCAL.b, 16);
    rig_close(&r);
}
