/* RFC 4861 7.2.4: "A node sends a Neighbor Advertisement in response to a valid Neighbor
 * Solicitation targeting one of the node's assigned addresses." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_to_unicast_solicitation)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_send(&r, nd_from(TN_LOCAL, NUT_LOCAL), nd_ns(NUT_LOCAL));
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    CHECK(m.solicited);
    CHECK_MEM(m.target, NUT_LOCAL.b, 16);
    rig_close(&r);
}
