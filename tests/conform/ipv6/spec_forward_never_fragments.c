/* RFC 8200 4.5: "(Note: unlike IPv4, fragmentation in IPv6 is performed only by source nodes, not
 * by routers along a packet's delivery path -- see Section 5.)" */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_forward_never_fragments)
{
    static struct conform_packet p;
    struct ip6_hdr h = conform_from(TN, FAR);
    static uint8_t packet[1500];
    struct rig r;

    spec_open_router(&r, 1280);
    h.next = IP_PROTO_ICMP6;
    conform_send(&r, h, spec_ping_bytes(1241), 1241);
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), 0);
    CHECK_EQ(conform_expect(&r, &p, ICMP6_PACKET_TOO_BIG).info, 1280);
    conform_send(&r, h, spec_ping_bytes(1240), 1240);
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), 1280);
    conform_expect_silence(&r);
    rig_close(&r);
}
