/* RFC 4861 7.2.3: "If an entry already exists, and the cached link-layer address differs from
 * the one in the received Source Link-Layer option, the cached address should be replaced by the
 * received address, and the entry's reachability state MUST be set to STALE." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_other_link_address_makes_stale)
{
    struct nd_msg m = nd_ns(NUT);
    struct rig r;

    conform_open_alone(&r);
    nd_make_reachable(&r, TN);
    memcpy(m.source_mac, nd_other_mac, 6);
    nd_send(&r, nd_from(TN, nd_group_of(NUT)), m);
    CHECK(nd_state(&r, TN) == TARN_NEIGH_STALE || nd_state(&r, TN) == TARN_NEIGH_DELAY);
    nd_expect_mac(&r, TN, nd_other_mac);
    rig_close(&r);
}
