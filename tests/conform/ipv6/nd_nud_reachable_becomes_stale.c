/* RFC 4861 7.3.3: "When ReachableTime milliseconds have passed since receipt of the last
 * reachability confirmation for a neighbor, the Neighbor Cache entry's state changes from
 * REACHABLE to STALE." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_nud_reachable_becomes_stale)
{
    struct rig r;

    conform_open_alone(&r);
    nd_make_reachable(&r, TN);
    rig_wait(&r, 14 * RIG_S);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_REACHABLE);
    rig_wait(&r, 32 * RIG_S);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_STALE);
    rig_close(&r);
}
