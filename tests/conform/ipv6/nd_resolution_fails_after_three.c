/* RFC 4861 7.2.2: "If no Neighbor Advertisement is received after MAX_MULTICAST_SOLICIT
 * solicitations, address resolution has failed." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_resolution_fails_after_three)
{
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 9 * RIG_S), 3);
    CHECK(nd_state(&r, TN) != TARN_NEIGH_INCOMPLETE);
    rig_close(&r);
}
