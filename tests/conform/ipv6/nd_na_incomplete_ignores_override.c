/* RFC 4861 7.2.5: "Note that the Override flag is ignored if the entry is in the INCOMPLETE
 * state." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_incomplete_ignores_override)
{
    struct nd_msg m = nd_na(TN);
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    m.override = false;
    nd_send(&r, nd_from(TN, NUT), m);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_REACHABLE);
    nd_expect_mac(&r, TN, rig_peer_mac);
    rig_close(&r);
}
