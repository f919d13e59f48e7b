/* RFC 4862 5.1: "A value of zero indicates that Duplicate Address Detection is not performed on
 * tentative addresses." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_dad_zero_transmits)
{
    struct rig r;

    conform_open_alone(&r);
    conform_param(&r, "ip6.dad-transmits", 0);
    nd_add_tentative(&r, NOBODY);
    CHECK_EQ(nd_flags(&r, NOBODY), 0);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 5 * RIG_S), 0);
    rig_close(&r);
}
