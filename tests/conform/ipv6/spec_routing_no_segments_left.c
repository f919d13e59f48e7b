/* RFC 8200 4.4: "If Segments Left is zero, the node must ignore the Routing header and proceed to
 * process the next header in the packet, whose type is identified by the Next Header field in the
 * Routing header." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_routing_no_segments_left)
{
    static const uint8_t header[8] = {IP_PROTO_ICMP6, 0, 33, 0};
    struct rig r;

    conform_open(&r);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_ROUTING, header);
    spec_expect_reply(&r);
    rig_close(&r);
}
