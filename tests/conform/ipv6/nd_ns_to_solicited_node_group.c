/* RFC 4861 7.2.2: "The solicitation is sent to the solicited-node multicast address
 * corresponding to the target address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_to_solicited_node_group)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct tarn_ip group = nd_group_of(TN);
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    nd_expect(&r, &p, ICMP6_NEIGH_SOLICIT, &m);
    CHECK_MEM(p.ip.dst, group.b, 16);
    CHECK_MEM(p.eth.dst, ((const uint8_t[]){0x33, 0x33, 0xff, 0, 0, 0x99}), 6);
    CHECK_MEM(m.target, TN.b, 16);
    rig_close(&r);
}
