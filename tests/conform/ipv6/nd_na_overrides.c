/* RFC 4861 7.2.4: "Otherwise, the Override flag SHOULD be set to one." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_overrides)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_send(&r, nd_from(TN, nd_group_of(NUT)), nd_ns(NUT));
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    CHECK(m.override);
    rig_close(&r);
}
