/* RFC 4443 2.3: "The checksum is the 16-bit one's complement of the one's complement sum of the
 * entire ICMPv6 message, starting with the ICMPv6 message type field, and prepended with a
 * "pseudo-header" of IPv6 header fields" */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_checksum_bad_is_silent)
{
    struct ip6_hdr h = conform_header((struct ip6_hdr){0}, IP_PROTO_ICMP6);
    struct icmp6_hdr m = {.type = ICMP6_ECHO, .id = 7, .seq = 9};
    uint8_t message[ICMP6_HEADER_BYTES];
    struct rig r;

    conform_open(&r);
    icmp6_build(message, &m, 0);
    conform_sum(&h, message, sizeof message);
    message[3] ^= 1;
    conform_send(&r, h, message, sizeof message);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_ICMP_CHECKSUM, 1);
    rig_close(&r);
}
