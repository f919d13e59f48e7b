/* RFC 4861 6.3.4: "If the address is already present in the host's Default Router List as a
 * result of a previously received advertisement, reset its invalidation timer to the Router
 * Lifetime value in the newly received advertisement." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_renews_default_router)
{
    struct nd_msg m = nd_ra();
    struct rig r;

    nd_open_host(&r);
    m.lifetime_s = 100;
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    rig_wait(&r, 50 * RIG_S);
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    rig_wait(&r, 99 * RIG_S);
    CHECK(nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    rig_close(&r);
}
