/* RFC 4861 7.2.4: "Otherwise, the node MUST set the Solicited flag to one and unicast the
 * advertisement to the Source Address of the solicitation." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_answers_solicitation)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_send(&r, nd_from(TN, nd_group_of(NUT)), nd_ns(NUT));
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    CHECK(m.solicited);
    CHECK_MEM(m.target, NUT.b, 16);
    CHECK_MEM(p.ip.src, NUT.b, 16);
    CHECK_MEM(p.ip.dst, TN.b, 16);
    CHECK_MEM(p.eth.dst, rig_peer_mac, 6);
    rig_close(&r);
}
