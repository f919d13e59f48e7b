/* RFC 8200 3: "When forwarding, the packet is discarded if Hop Limit was zero when received or is
 * decremented to zero." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_hop_limit_used_up)
{
    static struct conform_packet p;
    uint8_t packet[200];
    struct ip6_hdr h;
    struct rig r;

    spec_open_router(&r, 1500);
    for (uint8_t hops = 0; hops < 2; hops++) {
        h = conform_header(conform_from(TN, FAR), IP_PROTO_ICMP6);
        h.hops = hops;
        conform_send_exact(&r, h, spec_ping_bytes(16), 16);
        CHECK_EQ(conform_expect(&r, &p, ICMP6_TIME_EXCEEDED).code, ICMP6_HOPS);
    }
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), 0);
    conform_expect_dropped(&r, DROP_IP_TTL, 2);
    rig_close(&r);
}
