/* RFC 4861 7.1.1: "The contents of any defined options that are not specified to be used with
 * Neighbor Solicitation messages MUST be ignored and the packet processed as normal." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_foreign_options_ignored)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_send_with(&r, nd_from(TN, nd_group_of(NUT)), nd_ns(NUT), "\5\2\0\0\0\0\5\0\0\0\0\0\0\0\0\0",
                 16);
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    nd_expect_mac(&r, TN, rig_peer_mac);
    rig_close(&r);
}
