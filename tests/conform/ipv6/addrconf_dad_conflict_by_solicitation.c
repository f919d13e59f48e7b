/* RFC 4862 5.4.3: "If the solicitation is from another node, the tentative address is a
 * duplicate and should not be used (by either node)." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_dad_conflict_by_solicitation)
{
    struct nd_msg m = nd_ns(NOBODY);
    struct rig r;

    conform_open_alone(&r);
    nd_add_tentative(&r, NOBODY);
    m.has_source_mac = false;
    nd_send(&r, nd_from(UNSPECIFIED, nd_group_of(NOBODY)), m);
    rig_wait(&r, 5 * RIG_S);
    CHECK_EQ(nd_flags(&r, NOBODY) & TARN_ADDRESS_DUPLICATE, TARN_ADDRESS_DUPLICATE);
    conform_expect_dropped(&r, DROP_ND_CONFLICT, 1);
    rig_close(&r);
}
