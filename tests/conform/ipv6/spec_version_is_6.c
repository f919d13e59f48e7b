/* RFC 8200 3: "Version             4-bit Internet Protocol version number = 6." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_version_is_6)
{
    static uint8_t frame[ETH_HEADER_BYTES + IP6_HEADER_BYTES];
    struct ip6_hdr h = conform_header((struct ip6_hdr){0}, IP6_NO_NEXT);
    struct rig r;

    conform_open(&r);
    rig_eth(frame, r.mac, ETH_IP6);
    ip6_build(frame + ETH_HEADER_BYTES, &h);
    frame[ETH_HEADER_BYTES] = 0x50;
    rig_input(&r, frame, sizeof frame);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_VERSION, 1);
    rig_close(&r);
}
