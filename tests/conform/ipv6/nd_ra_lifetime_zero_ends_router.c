/* RFC 4861 6.3.4: "If the address is already present in the host's Default Router List and the
 * received Router Lifetime value is zero, immediately time-out the entry as specified in Section
 * 6.3.5." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_lifetime_zero_ends_router)
{
    struct nd_msg m = nd_ra();
    struct rig r;

    nd_open_routed(&r);
    m.lifetime_s = 0;
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    CHECK(!nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    rig_close(&r);
}
