/* RFC 4861 7.2.3: "and the cached link-layer address differs from the one in the received Source
 * Link-Layer option" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_same_link_address_keeps_reachable)
{
    struct rig r;

    conform_open_alone(&r);
    nd_make_reachable(&r, TN);
    nd_send(&r, nd_from(TN, nd_group_of(NUT)), nd_ns(NUT));
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_REACHABLE);
    rig_close(&r);
}
