/* RFC 4861 7.2.5: "If the advertisement's Solicited flag is set, the state of the entry is set
 * to REACHABLE; otherwise, it is set to STALE." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_incomplete_solicited_is_reachable)
{
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    nd_send(&r, nd_from(TN, NUT), nd_na(TN));
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_REACHABLE);
    nd_expect_mac(&r, TN, rig_peer_mac);
    rig_close(&r);
}
