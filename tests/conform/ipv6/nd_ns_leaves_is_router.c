/* RFC 4861 7.2.3: "If a Neighbor Cache entry already exists, its IsRouter flag MUST NOT be
 * modified." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_leaves_is_router)
{
    struct tarn_neigh n;
    struct rig r;

    nd_open_routed(&r);
    nd_send(&r, nd_from(TN_LOCAL, nd_group_of(NUT)), nd_ns(NUT));
    CHECK(nd_entry(&r, TN_LOCAL, &n));
    CHECK(n.router);
    rig_close(&r);
}
