/* RFC 4861 6.3.4: "If the received Cur Hop Limit value is non-zero, the host SHOULD set its
 * CurHopLimit variable to the received value." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_hop_limit_used)
{
    static struct conform_packet p;
    struct nd_msg m = nd_ra();
    struct rig r;

    nd_open_host(&r);
    conform_neighbour(&r, TN);
    m.hops = 15;
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    conform_echo(&r, conform_from(TN, NUT));
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_EQ(p.ip.hops, 15);
    rig_close(&r);
}
