/* RFC 4861 7.1.2: "If the IP Destination Address is a multicast address the Solicited flag is
 * zero." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_solicited_to_a_group)
{
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    nd_send(&r, nd_from(TN, ALL_NODES), nd_na(TN));
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_INCOMPLETE);
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    rig_close(&r);
}
