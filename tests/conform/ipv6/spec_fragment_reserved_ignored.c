/* RFC 8200 4.5: "Reserved            8-bit reserved field.  Initialized to zero for transmission;
 * ignored on reception." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_reserved_ignored)
{
    static const uint8_t header[8] = {IP_PROTO_ICMP6, 0xff, 0, 6, [7] = 9};
    struct rig r;

    conform_open(&r);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_FRAGMENT, header);
    spec_expect_reply(&r);
    rig_close(&r);
}
