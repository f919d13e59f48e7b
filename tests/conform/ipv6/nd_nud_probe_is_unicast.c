/* RFC 4861 7.3.3: "Upon entering the PROBE state, a node sends a unicast Neighbor Solicitation
 * message to the neighbor using the cached link-layer address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_nud_probe_is_unicast)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_make_probe(&r, TN);
    nd_expect(&r, &p, ICMP6_NEIGH_SOLICIT, &m);
    CHECK_MEM(p.ip.dst, TN.b, 16);
    CHECK_MEM(p.eth.dst, rig_peer_mac, 6);
    CHECK_MEM(m.target, TN.b, 16);
    rig_close(&r);
}
