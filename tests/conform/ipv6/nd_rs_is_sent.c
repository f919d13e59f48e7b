/* RFC 4861 6.3.7: "A host sends Router Solicitations to the all-routers multicast address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_rs_is_sent)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    nd_open_fresh(&r);
    rig_wait(&r, 4 * RIG_S);
    nd_expect(&r, &p, ICMP6_ROUTER_SOLICIT, &m);
    CHECK_MEM(p.ip.dst, ALL_ROUTERS.b, 16);
    CHECK_EQ(p.ip.src[0], 0xfe);
    CHECK(m.has_source_mac);
    CHECK_MEM(m.source_mac, r.mac, 6);
    rig_close(&r);
}
