/* RFC 4861 7.2.5: "If no entry exists, the advertisement SHOULD be silently discarded." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_about_nobody)
{
    struct rig r;

    conform_open_alone(&r);
    nd_send(&r, nd_from(TN, NUT), nd_na(TN));
    CHECK_EQ(nd_state(&r, TN), 0);
    conform_expect_dropped(&r, DROP_ND_NOT_OURS, 1);
    rig_close(&r);
}
