/* RFC 4191 3.2: "it primarily prefers reachable routers over non-reachable routers and
 * secondarily uses the router preference values." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_router_preference)
{
    struct nd_msg second = nd_ra();
    struct rig r;

    nd_open_routed(&r);
    memcpy(second.source_mac, nd_other_mac, 6);
    second.preference = TARN_ROUTE_HIGH;
    nd_send(&r, nd_from(R2_LOCAL, ALL_NODES), second);
    nd_expect_way(&r, FAR, nd_other_mac);
    rig_close(&r);
}
