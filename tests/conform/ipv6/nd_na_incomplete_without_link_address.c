/* RFC 4861 7.2.5: "If the link layer has addresses and no Target Link-Layer Address option is
 * included, the receiving node SHOULD silently discard the received advertisement." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_incomplete_without_link_address)
{
    struct nd_msg m = nd_na(TN);
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    m.has_target_mac = false;
    nd_send(&r, nd_from(TN, NUT), m);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_INCOMPLETE);
    rig_close(&r);
}
