/* RFC 4861 7.2.5: "a. If the state of the entry is REACHABLE, set it to STALE, but do not update
 * the entry in any other way." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_reachable_no_override_unsolicited)
{
    struct nd_msg m = nd_na(TN);
    struct rig r;

    conform_open_alone(&r);
    nd_make_reachable(&r, TN);
    m.override = false;
    m.solicited = false;
    memcpy(m.target_mac, nd_other_mac, 6);
    nd_send(&r, nd_from(TN, NUT), m);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_STALE);
    nd_expect_mac(&r, TN, rig_peer_mac);
    rig_close(&r);
}
