/* RFC 4861 7.2.2: "If the solicitation is being sent to a solicited-node multicast address, the
 * sender MUST include its link-layer address (if it has one) as a Source Link-Layer Address
 * option." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_has_source_link_address)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    nd_expect(&r, &p, ICMP6_NEIGH_SOLICIT, &m);
    CHECK(m.has_source_mac);
    CHECK_MEM(m.source_mac, r.mac, 6);
    rig_close(&r);
}
