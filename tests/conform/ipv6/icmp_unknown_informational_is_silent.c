/* RFC 4443 2.4 (b): "If an ICMPv6 informational message of unknown type is received, it MUST be
 * silently discarded." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_unknown_informational_is_silent)
{
    struct icmp6_hdr m = {.type = 200};
    struct rig r;

    conform_open(&r);
    conform_icmp(&r, conform_from(TN, NUT), m, "data", 4);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_ICMP_TYPE, 1);
    rig_close(&r);
}
