/* RFC 4861 7.2.5: "If the Solicited flag is set, the state of the entry MUST be set to
 * REACHABLE." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_probe_override_solicited)
{
    struct nd_msg m = nd_na(TN);
    struct rig r;

    conform_open_alone(&r);
    nd_make_probe(&r, TN);
    m.override = true;
    m.solicited = true;
    memcpy(m.target_mac, nd_other_mac, 6);
    nd_send(&r, nd_from(TN, NUT), m);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_REACHABLE);
    nd_expect_mac(&r, TN, nd_other_mac);
    rig_close(&r);
}
