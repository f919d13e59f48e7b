/* RFC 8200 4.7: "If the Payload Length field of the IPv6 header indicates the presence of octets
 * past the end of a header whose Next Header field contains 59, those octets must be ignored and
 * passed on unchanged if the packet is forwarded." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_no_next_header_forwarded)
{
    uint8_t packet[100];
    struct ip6_hdr h = conform_from(TN, FAR);
    struct rig r;

    spec_open_router(&r, 1500);
    h.next = IP6_NO_NEXT;
    conform_send(&r, h, "the rest", 8);
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), IP6_HEADER_BYTES + 8);
    CHECK_MEM(packet + IP6_HEADER_BYTES, "the rest", 8);
    rig_close(&r);
}
