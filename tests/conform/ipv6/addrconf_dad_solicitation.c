/* RFC 4862 5.4.2: "To check an address, a node sends DupAddrDetectTransmits Neighbor
 * Solicitations, each separated by RetransTimer milliseconds. The solicitation's Target Address
 * is set to the address being checked, the IP source is set to the unspecified address, and the
 * IP destination is set to the solicited-node multicast address of the target address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_dad_solicitation)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct tarn_ip group = nd_group_of(NOBODY);
    struct rig r;

    conform_open_alone(&r);
    nd_add_tentative(&r, NOBODY);
    rig_wait(&r, RIG_S + RIG_MS);
    nd_expect(&r, &p, ICMP6_NEIGH_SOLICIT, &m);
    CHECK_MEM(m.target, NOBODY.b, 16);
    CHECK_MEM(p.ip.src, UNSPECIFIED.b, 16);
    CHECK_MEM(p.ip.dst, group.b, 16);
    CHECK(!m.has_source_mac);
    rig_close(&r);
}
