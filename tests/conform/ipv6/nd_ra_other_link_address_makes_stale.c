/* RFC 4861 6.3.4: "If a cache entry already exists and is updated with a different link-layer
 * address, the reachability state MUST also be set to STALE." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_other_link_address_makes_stale)
{
    struct nd_msg m = nd_ra();
    struct rig r;

    nd_open_host(&r);
    nd_make_reachable(&r, TN_LOCAL);
    memcpy(m.source_mac, nd_other_mac, 6);
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    CHECK_EQ(nd_state(&r, TN_LOCAL), TARN_NEIGH_STALE);
    nd_expect_mac(&r, TN_LOCAL, nd_other_mac);
    rig_close(&r);
}
