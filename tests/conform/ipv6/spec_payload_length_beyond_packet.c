/* RFC 8200 3: "Payload Length      16-bit unsigned integer.  Length of the IPv6 payload, i.e., the
 * rest of the packet following this IPv6 header, in octets." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_payload_length_beyond_packet)
{
    static uint8_t frame[200];
    struct ip6_hdr h = conform_header((struct ip6_hdr){.payload_bytes = 17}, IP_PROTO_ICMP6);
    size_t at = rig_eth(frame, (const uint8_t[6]){2, 0, 0, 0, 0, 1}, ETH_IP6);
    struct rig r;

    conform_open(&r);
    at += ip6_build(frame + at, &h);
    memcpy(frame + at, spec_ping_bytes(16), 16);
    rig_input(&r, frame, at + 16);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_LENGTH, 1);
    rig_close(&r);
}
