/* RFC 4861 7.2.3: "If an entry does not already exist, the node SHOULD create a new one and set
 * its reachability state to STALE as specified in Section 7.3.3." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_creates_stale_entry)
{
    struct rig r;

    conform_open_alone(&r);
    nd_send(&r, nd_from(TN, nd_group_of(NUT)), nd_ns(NUT));
    CHECK(nd_state(&r, TN) == TARN_NEIGH_STALE || nd_state(&r, TN) == TARN_NEIGH_DELAY);
    nd_expect_mac(&r, TN, rig_peer_mac);
    rig_close(&r);
}
