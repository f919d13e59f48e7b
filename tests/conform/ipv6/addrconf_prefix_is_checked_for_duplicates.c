/* RFC 4862 5.5.3: "Duplicate Address Detection MUST be performed on all unicast addresses prior
 * to assigning them to an interface" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_prefix_is_checked_for_duplicates)
{
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    nd_send_prefix(&r, prefix);
    CHECK(nd_address_of(&r, prefix.prefix, &a));
    CHECK_EQ(a.flags & TARN_ADDRESS_TENTATIVE, TARN_ADDRESS_TENTATIVE);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 3 * RIG_S), 1);
    CHECK_EQ(nd_flags(&r, a.prefix.ip) & TARN_ADDRESS_TENTATIVE, 0);
    rig_close(&r);
}
