/* RFC 4861 7.2.5: "If the Solicited flag is zero and the link-layer address was updated with a
 * different address, the state MUST be set to STALE." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_probe_override_unsolicited)
{
    struct nd_msg m = nd_na(TN);
    struct rig r;

    conform_open_alone(&r);
    nd_make_probe(&r, TN);
    m.override = true;
    m.solicited = false;
    memcpy(m.target_mac, nd_other_mac, 6);
    nd_send(&r, nd_from(TN, NUT), m);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_STALE);
    nd_expect_mac(&r, TN, nd_other_mac);
    rig_close(&r);
}
