/* RFC 4862 5.4.3: "If the solicitation is from another node, the tentative address is a
 * duplicate and should not be used (by either node)." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_dad_other_nonce_conflicts)
{
    struct nd_msg m = {.type = ICMP6_NEIGH_SOLICIT, .has_nonce = true, .nonce = {1, 2, 3, 4, 5, 6}};
    struct rig r;

    conform_open_alone(&r);
    nd_add_tentative(&r, NOBODY);
    memcpy(m.target, NOBODY.b, 16);
    nd_send(&r, nd_from(UNSPECIFIED, nd_group_of(NOBODY)), m);
    CHECK_EQ(nd_flags(&r, NOBODY) & TARN_ADDRESS_DUPLICATE, TARN_ADDRESS_DUPLICATE);
    rig_close(&r);
}
