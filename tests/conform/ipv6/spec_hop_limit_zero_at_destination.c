/* RFC 8200 3: "A node that is the destination of a packet should not discard a packet with Hop
 * Limit equal to zero; it should process the packet normally." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_hop_limit_zero_at_destination)
{
    struct ip6_hdr h = conform_header((struct ip6_hdr){0}, IP_PROTO_ICMP6);
    struct rig r;

    conform_open(&r);
    h.hops = 0;
    conform_send_exact(&r, h, spec_ping_bytes(16), 16);
    spec_expect_reply(&r);
    rig_close(&r);
}
