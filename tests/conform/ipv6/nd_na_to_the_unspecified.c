/* RFC 4861 7.2.4: "If the source of the solicitation is the unspecified address, the node MUST
 * set the Solicited flag to zero and multicast the advertisement to the all-nodes address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_to_the_unspecified)
{
    static struct conform_packet p;
    struct nd_msg m = nd_ns(NUT);
    struct rig r;

    conform_open_alone(&r);
    m.has_source_mac = false;
    nd_send(&r, nd_from(UNSPECIFIED, nd_group_of(NUT)), m);
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    CHECK(!m.solicited);
    CHECK_MEM(p.ip.dst, ALL_NODES.b, 16);
    CHECK(m.has_target_mac);
    rig_close(&r);
}
