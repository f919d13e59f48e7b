/* RFC 4861 6.2.7: "Routers SHOULD inspect valid Router Advertisements sent by other routers and
 * verify that the routers are advertising consistent information on a link." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_not_heard_while_forwarding)
{
    struct rig r;

    nd_open_host(&r);
    conform_param(&r, "ip6.forwarding", 1);
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), nd_ra());
    CHECK(!nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    conform_expect_dropped(&r, DROP_ND_ROUTER, 1);
    conform_param(&r, "ip6.accept-ra", 2);
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), nd_ra());
    CHECK(nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    rig_close(&r);
}
