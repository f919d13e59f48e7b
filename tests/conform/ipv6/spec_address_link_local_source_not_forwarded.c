/* RFC 4291 2.5.6: "Routers must not forward any packets with Link-Local source or destination
 * addresses to other links." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_address_link_local_source_not_forwarded)
{
    static struct conform_packet p;
    uint8_t packet[200];
    struct rig r;

    spec_open_router(&r, 1500);
    conform_echo(&r, conform_from(TN_LOCAL, FAR));
    CHECK_EQ(conform_expect(&r, &p, ICMP6_UNREACHABLE).code, ICMP6_SCOPE);
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), 0);
    conform_expect_dropped(&r, DROP_IP6_ZONE, 1);
    rig_close(&r);
}
