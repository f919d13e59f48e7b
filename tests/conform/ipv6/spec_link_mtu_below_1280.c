/* RFC 8200 5: "IPv6 requires that every link in the Internet have an MTU of 1280 octets or
 * greater." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_link_mtu_below_1280)
{
    static struct conform_packet p;
    uint8_t packet[200];
    struct rig r;

    spec_open_router(&r, 1279);
    conform_echo(&r, conform_from(TN, FAR));
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), 0);
    CHECK_EQ(conform_expect(&r, &p, ICMP6_UNREACHABLE).code, ICMP6_NO_ROUTE);
    rig_close(&r);
}
