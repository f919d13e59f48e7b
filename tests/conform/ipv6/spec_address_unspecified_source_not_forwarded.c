/* RFC 4291 2.5.2: "An IPv6 packet with a source address of unspecified must never be forwarded by
 * an IPv6 router." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_address_unspecified_source_not_forwarded)
{
    uint8_t packet[200];
    struct ip6_hdr h = conform_header(conform_from(TN, FAR), IP6_NO_NEXT);
    struct rig r;

    spec_open_router(&r, 1500);
    memset(h.src, 0, sizeof h.src);
    conform_send_exact(&r, h, NULL, 0);
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), 0);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_ADDRESS, 1);
    rig_close(&r);
}
