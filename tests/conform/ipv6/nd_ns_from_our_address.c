/* RFC 4861 7.2.3: "If the Source Address is not the unspecified address and, on link layers that
 * have addresses, the solicitation includes a Source Link-Layer Address option, then the recipient
 * SHOULD create or update the Neighbor Cache entry for the IP Source Address of the solicitation."
 * The node is no neighbour of its own. */
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
