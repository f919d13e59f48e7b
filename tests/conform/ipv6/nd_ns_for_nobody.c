/* RFC 4861 7.2.3: "A valid Neighbor Solicitation that does not meet any of the following
 * requirements MUST be silently discarded" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_for_nobody)
{
    struct rig r;

    conform_open_alone(&r);
    nd_send(&r, nd_from(TN, NUT), nd_ns(NOBODY));
    conform_expect_silence(&r);
    CHECK_EQ(nd_state(&r, TN), 0);
    conform_expect_dropped(&r, DROP_ND_NOT_OURS, 1);
    rig_close(&r);
}
