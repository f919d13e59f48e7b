/* RFC 8200 4.7: "If the Payload Length field of the IPv6 header indicates the presence of octets
 * past the end of a header whose Next Header field contains 59, those octets must be ignored and
 * passed on unchanged if the packet is forwarded." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_no_next_header_ignored)
{
    static const uint8_t header[16] = {IP6_NO_NEXT, 0, IP6_OPT_PADN, 4};
    struct rig r;

    conform_open(&r);
    conform_send(&r, (struct ip6_hdr){.next = IP6_NO_NEXT}, "rest", 4);
    conform_expect_silence(&r);
    conform_send(&r, (struct ip6_hdr){.next = IP6_DEST_OPTIONS}, header, sizeof header);
    conform_expect_silence(&r);
    rig_close(&r);
}
