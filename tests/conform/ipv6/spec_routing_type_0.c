/* RFC 5095 3: "An IPv6 node that receives a packet with a destination address assigned to it and
 * that contains an RH0 extension header MUST NOT execute the algorithm specified in the latter part
 * of Section 4.4 of [RFC2460] for RH0." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_routing_type_0)
{
    uint8_t header[24] = {IP_PROTO_ICMP6, 2, 0, 1};
    uint8_t packet[200];
    struct rig r;

    spec_open_router(&r, 1500);
    memcpy(header + 8, FAR.b, 16);
    conform_echo_behind(&r, (struct ip6_hdr){.next = IP6_ROUTING}, header, sizeof header);
    spec_expect_problem(&r, ICMP6_BAD_FIELD, IP6_HEADER_BYTES + 2);
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), 0);
    rig_close(&r);
}
