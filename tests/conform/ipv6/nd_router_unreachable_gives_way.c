/* RFC 4861 6.3.6: "Routers that are reachable or probably reachable (i.e., in any state other
 * than INCOMPLETE) SHOULD be preferred over routers whose reachability is unknown or suspect" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_router_unreachable_gives_way)
{
    struct nd_msg second = nd_ra();
    struct rig r;

    nd_open_routed(&r);
    memcpy(second.source_mac, nd_other_mac, 6);
    second.preference = TARN_ROUTE_LOW;
    nd_send(&r, nd_from(R2_LOCAL, ALL_NODES), second);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_wait(&r, 15 * RIG_S);
    rig_drain(&r);
    nd_expect_way(&r, FAR, nd_other_mac);
    rig_close(&r);
}
