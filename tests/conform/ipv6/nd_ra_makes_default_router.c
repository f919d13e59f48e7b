/* RFC 4861 6.3.4: "If the address is not already present in the host's Default Router List, and
 * the advertisement's Router Lifetime is non-zero, create a new entry in the list, and
 * initialize its invalidation timer value from the advertisement's Router Lifetime field." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_makes_default_router)
{
    struct nd_msg m = nd_ra();
    struct rig r;

    nd_open_host(&r);
    m.lifetime_s = 100;
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    CHECK(nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_wait(&r, 99 * RIG_S);
    CHECK(nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    rig_wait(&r, 2 * RIG_S);
    CHECK(!nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    rig_close(&r);
}
