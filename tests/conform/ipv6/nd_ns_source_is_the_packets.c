/* RFC 4861 7.2.2: "If the source address of the packet prompting the solicitation is the same as
 * one of the addresses assigned to the outgoing interface, that address SHOULD be placed in the
 * IP Source Address of the outgoing solicitation." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_source_is_the_packets)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    nd_expect(&r, &p, ICMP6_NEIGH_SOLICIT, &m);
    CHECK_MEM(p.ip.src, NUT.b, 16);
    conform_echo(&r, conform_from(TN_LOCAL, NUT_LOCAL));
    nd_expect(&r, &p, ICMP6_NEIGH_SOLICIT, &m);
    CHECK_MEM(p.ip.src, NUT_LOCAL.b, 16);
    rig_close(&r);
}
