/* RFC 4443 4.2: "The source address of an Echo Reply sent in response to a unicast Echo Request
 * message MUST be the same as the destination address of that Echo Request message." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_echo_reply_from_where_asked)
{
    static struct conform_packet p;
    struct rig r;

    conform_open(&r);
    conform_echo(&r, conform_from(TN, NUT));
    conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_MEM(p.ip.src, NUT.b, 16);
    conform_echo(&r, conform_from(TN_LOCAL, NUT));
    conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_MEM(p.ip.src, NUT.b, 16);
    rig_close(&r);
}
