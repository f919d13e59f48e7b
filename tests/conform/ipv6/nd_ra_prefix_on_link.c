/* RFC 4861 6.3.4: "Prefix Information options that have the "on-link" (L) flag set indicate a
 * prefix identifying a range of addresses that should be considered on-link." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_prefix_on_link)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct tarn_ip net = {{0x20, 0x01, 0x0d, 0xb8, 0, 1}}, there = net;
    struct rig r;

    nd_open_host(&r);
    nd_send_prefix(&r, nd_link_prefix);
    CHECK(nd_has_route(&r, net, 64, UNSPECIFIED));
    there.b[15] = 9;
    rig_wait(&r, 3 * RIG_S);
    rig_drain(&r);
    conform_echo(&r, conform_from(there, NUT));
    nd_expect(&r, &p, ICMP6_NEIGH_SOLICIT, &m);
    CHECK_MEM(m.target, there.b, 16);
    rig_close(&r);
}
