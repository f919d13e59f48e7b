/* RFC 4443 2.4 (e.4): "An ICMPv6 error message MUST NOT be originated as a result of receiving
 * the following: A packet sent as a link-layer multicast (the exceptions from e.3 apply to this
 * case, too)." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_no_error_about_link_multicast)
{
    static const uint8_t mac[6] = {0x33, 0x33, 0, 0, 0, 1};
    struct rig r;

    conform_open(&r);
    conform_udp_frame(&r, mac);
    conform_expect_silence(&r);
    rig_close(&r);
}
