/* RFC 4861 6.3.4: "If the received Reachable Time value is non-zero, the host SHOULD set its
 * BaseReachableTime variable to the received value." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_reachable_time_used)
{
    struct nd_msg m = nd_ra();
    struct rig r;

    nd_open_host(&r);
    m.reachable_ms = 10000;
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    nd_make_reachable(&r, TN);
    rig_wait(&r, 4900 * RIG_MS);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_REACHABLE);
    rig_wait(&r, 10200 * RIG_MS);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_STALE);
    rig_close(&r);
}
