/* RFC 4443 2.2 (a): "If the message is a response to a message sent to one of the node's unicast
 * addresses, the Source Address of the reply MUST be that same address." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_source_is_the_address_asked)
{
    static struct conform_packet p;
    struct rig r;

    conform_open(&r);
    conform_echo(&r, conform_from(TN, NUT_LOCAL));
    conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_MEM(p.ip.src, NUT_LOCAL.b, 16);
    conform_udp(&r, conform_from(TN, NUT), 9, 10);
    conform_expect(&r, &p, ICMP6_UNREACHABLE);
    CHECK_MEM(p.ip.src, NUT.b, 16);
    rig_close(&r);
}
