/* RFC 4861 7.2.5: "b. Otherwise, the received advertisement should be ignored and MUST NOT
 * update the cache." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_stale_no_override_unsolicited)
{
    struct nd_msg m = nd_na(TN);
    struct rig r;

    conform_open_alone(&r);
    nd_make_stale(&r, TN);
    m.override = false;
    m.solicited = false;
    memcpy(m.target_mac, nd_other_mac, 6);
    nd_send(&r, nd_from(TN, NUT), m);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_STALE);
    nd_expect_mac(&r, TN, rig_peer_mac);
    rig_close(&r);
}
