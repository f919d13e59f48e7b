/* RFC 6437 2: "A forwarding node MUST either leave a non-zero flow label value unchanged or change
 * it only for compelling operational security reasons as described in Section 6.1." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_flow_label_forwarded)
{
    uint8_t packet[200];
    struct ip6_hdr h = conform_from(TN, FAR);
    struct rig r;
    size_t n;

    spec_open_router(&r, 1500);
    h.flow = 0x34567;
    h.tclass = 0x2c;
    conform_echo(&r, h);
    n = spec_forwarded(&r, packet, sizeof packet);
    CHECK_EQ(ip6_parse(&h, packet, n, n), WIRE_OK);
    CHECK_EQ(h.flow, 0x34567);
    CHECK_EQ(h.tclass, 0x2c);
    rig_close(&r);
}
