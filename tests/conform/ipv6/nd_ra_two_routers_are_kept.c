/* RFC 4861 6.3.4: "However, a host MUST retain at least two router addresses and SHOULD retain
 * more." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_two_routers_are_kept)
{
    struct rig r;

    nd_open_routed(&r);
    nd_send(&r, nd_from(R2_LOCAL, ALL_NODES), nd_ra());
    CHECK(nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    CHECK(nd_has_route(&r, UNSPECIFIED, 0, R2_LOCAL));
    rig_close(&r);
}
