/* RFC 4862 5.4.3: "If the target address is tentative, and the source address is a unicast
 * address, the solicitation's sender is performing address resolution on the target; the
 * solicitation should be silently ignored." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_dad_resolution_ignored)
{
    struct rig r;

    conform_open_alone(&r);
    nd_add_tentative(&r, NOBODY);
    rig_drain(&r);
    nd_send(&r, nd_from(TN, nd_group_of(NOBODY)), nd_ns(NOBODY));
    conform_expect_silence(&r);
    rig_wait(&r, 5 * RIG_S);
    CHECK_EQ(nd_flags(&r, NOBODY), 0);
    rig_close(&r);
}
