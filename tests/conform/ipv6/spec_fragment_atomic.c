/* RFC 8200 4.5: "If the fragment is a whole datagram (that is, both the Fragment Offset field and
 * the M flag are zero), then it does not need any further reassembly and should be processed as a
 * fully reassembled packet" */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_atomic)
{
    static const uint8_t header[8] = {IP_PROTO_ICMP6, [7] = 9};
    struct rig r;

    conform_open(&r);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_FRAGMENT, header);
    spec_expect_reply(&r);
    rig_close(&r);
}
