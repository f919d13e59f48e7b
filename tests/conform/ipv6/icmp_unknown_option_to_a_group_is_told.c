/* RFC 4443 2.4 (e.3): "There are two exceptions to this rule: (1) the Packet Too Big Message
 * (Section 3.2) to allow Path MTU discovery to work for IPv6 multicast, and (2) the Parameter
 * Problem Message, Code 2 (Section 3.4) reporting an unrecognized IPv6 option (see Section 4.2 of
 * [IPv6]) that has the Option Type highest-order two bits set to 10)." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_unknown_option_to_a_group_is_told)
{
    static const uint8_t option_10[] = {IP_PROTO_ICMP6, 0, 0x9e, 4, 0, 0, 0, 0};
    static struct conform_packet p;
    struct ip6_hdr h = conform_from(TN, ALL_NODES);
    struct icmp6_hdr m;
    struct rig r;

    h.next = IP6_DEST_OPTIONS;
    conform_open(&r);
    conform_echo_behind(&r, h, option_10, sizeof option_10);
    m = conform_expect(&r, &p, ICMP6_PARAMETER_PROBLEM);
    CHECK_EQ(m.code, ICMP6_BAD_OPTION);
    CHECK_EQ(m.info, IP6_HEADER_BYTES + 2);
    CHECK_MEM(p.ip.src, NUT.b, 16);
    rig_close(&r);
}
