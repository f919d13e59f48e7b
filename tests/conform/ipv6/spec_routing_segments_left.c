/* RFC 8200 4.4: "If Segments Left is non-zero, the node must discard the packet and send an ICMP
 * Parameter Problem, Code 0, message to the packet's Source Address, pointing to the unrecognized
 * Routing Type." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_routing_segments_left)
{
    static const uint8_t header[8] = {IP_PROTO_ICMP6, 0, 33, 1};
    struct rig r;

    conform_open(&r);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_ROUTING, header);
    spec_expect_problem(&r, ICMP6_BAD_FIELD, IP6_HEADER_BYTES + 2);
    conform_expect_dropped(&r, DROP_IP6_ROUTING, 1);
    rig_close(&r);
}
