/* RFC 4862 5.4.2: "Before sending a Neighbor Solicitation, an interface MUST join the all-nodes
 * multicast address and the solicited-node multicast address of the tentative address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_dad_joins_group_first)
{
    static struct conform_packet p;
    struct tarn_ip group = nd_group_of(NOBODY);
    struct rig r;

    conform_open_alone(&r);
    nd_add_tentative(&r, NOBODY);
    CHECK(conform_recv(&r, &p));
    CHECK_EQ(p.ip.next, IP6_HOP_BY_HOP);
    CHECK_EQ(p.at[8], ICMP6_MLD2_REPORT);
    CHECK_MEM(p.at + p.n - 16, group.b, 16);
    rig_close(&r);
}
