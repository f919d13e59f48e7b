/* RFC 4443 2.4 (e.1): "An ICMPv6 error message MUST NOT be originated as a result of receiving
 * the following: An ICMPv6 error message." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_no_error_about_error)
{
    struct ip6_hdr h = conform_from(TN, FAR);
    struct icmp6_hdr m = {.type = ICMP6_UNREACHABLE};
    struct rig r;

    h.hops = 1;
    conform_open_router(&r);
    conform_icmp(&r, h, m, "a quoted packet, or nothing of the kind", 40);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP_TTL, 1);
    rig_close(&r);
}
