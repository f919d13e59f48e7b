/* RFC 4862 5.4.2: "To check an address, a node sends DupAddrDetectTransmits Neighbor
 * Solicitations, each separated by RetransTimer milliseconds. The solicitation's Target Address
 * is set to the address being checked, the IP source is set to the unspecified address, and the
 * IP destination is set to the solicited-node multicast address of the target address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_dad_transmits)
{
    struct rig r;

    conform_open_alone(&r);
    conform_param(&r, "ip6.dad-transmits", 3);
    nd_add_tentative(&r, NOBODY);
    while (nd_count(&r, ICMP6_NEIGH_SOLICIT, 0) == 0)
        rig_wait(&r, 50 * RIG_MS);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 900 * RIG_MS), 0);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 100 * RIG_MS), 1);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 5 * RIG_S), 1);
    CHECK_EQ(nd_flags(&r, NOBODY) & TARN_ADDRESS_TENTATIVE, 0);
    rig_close(&r);
}
