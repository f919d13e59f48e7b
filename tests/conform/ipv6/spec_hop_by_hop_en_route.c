/* RFC 8200 4.3: "The Hop-by-Hop Options header is used to carry optional information that may be
 * examined and processed by every node along a packet's delivery path." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_hop_by_hop_en_route)
{
    uint8_t packet[200];
    struct ip6_hdr h = conform_from(TN, FAR);
    struct rig r;

    spec_open_router(&r, 1500);
    spec_ping_option(&r, h, IP6_HOP_BY_HOP, OPTION_SKIP);
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), IP6_HEADER_BYTES + 8 + 16);
    CHECK_EQ(packet[IP6_NEXT_AT], IP6_HOP_BY_HOP);
    CHECK_EQ(packet[IP6_HEADER_BYTES + 2], OPTION_SKIP);
    spec_ping_option(&r, h, IP6_HOP_BY_HOP, OPTION_REPORT);
    spec_expect_problem(&r, ICMP6_BAD_OPTION, IP6_HEADER_BYTES + 2);
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), 0);
    rig_close(&r);
}
