/* RFC 4861 7.2.5: "If the Solicited flag is set, the state of the entry MUST be set to
 * REACHABLE." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_probe_without_link_address)
{
    struct nd_msg m = nd_na(TN);
    struct rig r;

    conform_open_alone(&r);
    nd_make_probe(&r, TN);
    m.override = false;
    m.solicited = true;
    m.has_target_mac = false;
    nd_send(&r, nd_from(TN, NUT), m);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_REACHABLE);
    nd_expect_mac(&r, TN, rig_peer_mac);
    rig_close(&r);
}
