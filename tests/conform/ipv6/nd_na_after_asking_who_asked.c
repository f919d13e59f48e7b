/* RFC 4861 7.2.4: "In such situations, a node will first have to use Neighbor Discovery to
 * determine the link-layer address of its neighbor (i.e., send out a multicast Neighbor
 * Solicitation)." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_after_asking_who_asked)
{
    static struct conform_packet p;
    struct nd_msg m = nd_ns(NUT);
    struct rig r;

    conform_open_alone(&r);
    m.has_source_mac = false;
    nd_send(&r, nd_from(TN, NUT), m);
    nd_expect(&r, &p, ICMP6_NEIGH_SOLICIT, &m);
    CHECK_MEM(m.target, TN.b, 16);
    nd_send(&r, nd_from(TN, NUT), nd_na(TN));
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    CHECK_MEM(p.ip.dst, TN.b, 16);
    rig_close(&r);
}
