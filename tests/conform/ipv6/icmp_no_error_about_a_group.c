/* RFC 4443 2.4 (e.3): "An ICMPv6 error message MUST NOT be originated as a result of receiving
 * the following: A packet destined to an IPv6 multicast address." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_no_error_about_a_group)
{
    struct rig r;

    conform_open(&r);
    conform_udp(&r, conform_from(TN, ALL_NODES), 9, 10);
    conform_expect_silence(&r);
    rig_close(&r);
}
