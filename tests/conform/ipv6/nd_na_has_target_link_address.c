/* RFC 4861 7.2.4: "If the solicitation's IP Destination Address is a multicast address, the
 * Target Link-Layer option MUST be included in the advertisement." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_has_target_link_address)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_send(&r, nd_from(TN, nd_group_of(NUT)), nd_ns(NUT));
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    CHECK(m.has_target_mac);
    CHECK_MEM(m.target_mac, r.mac, 6);
    rig_close(&r);
}
