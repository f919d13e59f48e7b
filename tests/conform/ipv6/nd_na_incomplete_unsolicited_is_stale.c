/* RFC 4861 7.2.5: "If the advertisement's Solicited flag is set, the state of the entry is set
 * to REACHABLE; otherwise, it is set to STALE." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_incomplete_unsolicited_is_stale)
{
    struct nd_msg m = nd_na(TN);
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    m.solicited = false;
    nd_send(&r, nd_from(TN, NUT), m);
    /* The packet that waited has left, which is the first use of a STALE entry (7.3.3). */
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_DELAY);
    nd_expect_mac(&r, TN, rig_peer_mac);
    rig_close(&r);
}
