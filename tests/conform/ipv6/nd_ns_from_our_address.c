/* RFC 4861 7.2.3: the cache entry that a solicitation makes is of "the IP Source Address of the
 * solicitation", a neighbour's; the node is none of its own. */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_from_our_address)
{
    struct rig r;

    conform_open(&r);
    nd_send(&r, nd_from(NUT, nd_group_of(NUT)), nd_ns(NUT));
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_ND_CONFLICT, 1);
    CHECK_EQ(nd_state(&r, NUT), 0);
    rig_close(&r);
}
