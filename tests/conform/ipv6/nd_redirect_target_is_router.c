/* RFC 4861 8.3: "If the Target Address is not the same as the Destination Address, the host MUST
 * set IsRouter to TRUE for the target." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_target_is_router)
{
    struct tarn_neigh n;
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    nd_send(&r, nd_from(TN_LOCAL, NUT), nd_redirect(FAR, R2_LOCAL));
    CHECK(nd_entry(&r, R2_LOCAL, &n));
    CHECK(n.router);
    CHECK_EQ(n.state, TARN_NEIGH_STALE);
    rig_close(&r);
}
