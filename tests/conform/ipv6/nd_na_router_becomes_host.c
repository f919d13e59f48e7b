/* RFC 4861 7.2.5: "In those cases where the IsRouter flag changes from TRUE to FALSE as a result
 * of this update, the node MUST remove that router from the Default Router List" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_router_becomes_host)
{
    struct rig r;

    nd_open_routed(&r);
    CHECK(nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    nd_send(&r, nd_from(TN_LOCAL, NUT), nd_na(TN_LOCAL));
    CHECK(!nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    rig_close(&r);
}
