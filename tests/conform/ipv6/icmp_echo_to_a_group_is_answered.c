/* RFC 4443 4.2: "An Echo Reply SHOULD be sent in response to an Echo Request message sent to an
 * IPv6 multicast or anycast address. In this case, the source address of the reply MUST be a
 * unicast address belonging to the interface on which the Echo Request message was received." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_echo_to_a_group_is_answered)
{
    static struct conform_packet p;
    struct rig r;

    conform_open(&r);
    conform_echo(&r, conform_from(TN_LOCAL, ALL_NODES));
    conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_MEM(p.ip.src, NUT_LOCAL.b, 16);
    conform_echo(&r, conform_from(TN, ALL_NODES));
    conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_MEM(p.ip.src, NUT.b, 16);
    rig_close(&r);
}
