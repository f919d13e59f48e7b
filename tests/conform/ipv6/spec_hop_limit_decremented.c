/* RFC 8200 3: "Hop Limit           8-bit unsigned integer.  Decremented by 1 by each node that
 * forwards the packet." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_hop_limit_decremented)
{
    uint8_t packet[200];
    struct ip6_hdr h = conform_from(TN, FAR);
    struct rig r;
    size_t n;

    spec_open_router(&r, 1500);
    h.hops = 15;
    conform_echo(&r, h);
    n = spec_forwarded(&r, packet, sizeof packet);
    CHECK_EQ(ip6_parse(&h, packet, n, n), WIRE_OK);
    CHECK_EQ(h.hops, 14);
    CHECK_MEM(h.src, TN.b, 16);
    CHECK_MEM(h.dst, FAR.b, 16);
    conform_expect_silence(&r);
    rig_close(&r);
}
