/* RFC 4861 7.2.4: "Furthermore, if the node is a router, it MUST set the Router flag to one;
 * otherwise, it MUST set the flag to zero." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_of_a_host)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_send(&r, nd_from(TN, nd_group_of(NUT)), nd_ns(NUT));
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    CHECK(!m.router);
    conform_param(&r, "ip6.forwarding", 1);
    nd_send(&r, nd_from(TN, nd_group_of(NUT)), nd_ns(NUT));
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    CHECK(m.router);
    rig_close(&r);
}
