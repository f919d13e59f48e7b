/* RFC 4861 6.2.1: "MUST be no greater than 3,600,000 milliseconds (1 hour)." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_times_are_bounded)
{
    struct nd_msg m = nd_ra();
    struct tarn_router_info info;
    struct rig r;

    nd_open_host(&r);
    m.reachable_ms = 3600000;
    m.retrans_ms = 2000;
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    m.reachable_ms = 3600001;
    m.retrans_ms = UINT32_MAX;
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    CHECK_EQ(tarn_router_get(r.st, RIG_PORT, &info), 0);
    CHECK_EQ(info.reachable_ms, 3600000);
    CHECK_EQ(info.retrans_ms, 2000);
    rig_close(&r);
}
