/* RFC 4861 6.3.4: "If no Source Link-Layer Address is included, but a corresponding Neighbor
 * Cache entry exists, its IsRouter flag MUST be set to TRUE." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_without_link_address_sets_is_router)
{
    struct nd_msg m = nd_ra();
    struct tarn_neigh n;
    struct rig r;

    nd_open_host(&r);
    nd_send(&r, nd_from(TN_LOCAL, nd_group_of(NUT)), nd_ns(NUT));
    CHECK(nd_entry(&r, TN_LOCAL, &n) && !n.router);
    m.has_source_mac = false;
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    CHECK(nd_entry(&r, TN_LOCAL, &n) && n.router);
    rig_close(&r);
}
