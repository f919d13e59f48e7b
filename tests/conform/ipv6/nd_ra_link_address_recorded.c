/* RFC 4861 6.3.4: "If a Neighbor Cache entry is created for the router, its reachability state
 * MUST be set to STALE as specified in Section 7.3.3." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_link_address_recorded)
{
    struct tarn_neigh n;
    struct rig r;

    nd_open_routed(&r);
    CHECK(nd_entry(&r, TN_LOCAL, &n));
    CHECK_EQ(n.state, TARN_NEIGH_STALE);
    CHECK_MEM(n.mac, rig_peer_mac, 6);
    CHECK(n.router);
    rig_close(&r);
}
