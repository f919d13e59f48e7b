/* RFC 4443 2.4 (e.6): "An ICMPv6 error message MUST NOT be originated as a result of receiving
 * the following: A packet whose source address does not uniquely identify a single node -- e.g.,
 * the IPv6 Unspecified Address, an IPv6 multicast address, or an address known by the ICMP
 * message originator to be an IPv6 anycast address." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_no_error_to_the_unspecified)
{
    struct ip6_hdr h = conform_header(conform_from(TN, NUT), IP_PROTO_UDP);
    static const uint8_t datagram[UDP_HEADER_BYTES] = {3, 0xe8, 0, 9, 0, 8, 1, 1};
    struct rig r;

    conform_open(&r);
    memcpy(h.src, UNSPECIFIED.b, 16);
    conform_send_exact(&r, h, datagram, sizeof datagram);
    conform_expect_silence(&r);
    memcpy(h.src, ALL_NODES.b, 16);
    conform_send_exact(&r, h, datagram, sizeof datagram);
    conform_expect_silence(&r);
    rig_close(&r);
}
