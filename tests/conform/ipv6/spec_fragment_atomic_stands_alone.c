/* RFC 8200 4.5: "Any other fragments that match this packet (i.e., the same IPv6 Source Address,
 * IPv6 Destination Address, and Fragment Identification) should be processed independently." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_atomic_stands_alone)
{
    static const uint8_t header[8] = {IP_PROTO_ICMP6, [7] = 9};
    struct rig r;

    conform_open(&r);
    spec_send_first(&r, 9);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_FRAGMENT, header);
    spec_expect_reply(&r);
    spec_send_second(&r, 9);
    spec_expect_reply(&r);
    rig_close(&r);
}
