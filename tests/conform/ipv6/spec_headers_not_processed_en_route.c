/* RFC 8200 4: "Extension headers (except for the Hop-by-Hop Options header) are not processed,
 * inserted, or deleted by any node along a packet's delivery path, until the packet reaches the
 * node (or each of the set of nodes, in the case of multicast) identified in the Destination
 * Address field of the IPv6 header." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_headers_not_processed_en_route)
{
    static const uint8_t chain[24] = {
        [0] = IP6_ROUTING, [2] = OPTION_REPORT,   4,       [8] = IP6_FRAGMENT,
        [11] = 1,          [16] = IP_PROTO_ICMP6, [19] = 1};
    struct ip6_hdr h = conform_from(TN, FAR);
    uint8_t packet[200];
    struct rig r;

    spec_open_router(&r, 1500);
    h.next = IP6_DEST_OPTIONS;
    conform_echo_behind(&r, h, chain, sizeof chain);
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), IP6_HEADER_BYTES + sizeof chain + 16);
    CHECK_MEM(packet + IP6_HEADER_BYTES, chain, sizeof chain);
    conform_expect_silence(&r);
    rig_close(&r);
}
