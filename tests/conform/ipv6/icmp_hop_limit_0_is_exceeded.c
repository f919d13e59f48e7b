/* RFC 4443 3.3: "If a router receives a packet with a Hop Limit of zero, or if a router
 * decrements a packet's Hop Limit to zero, it MUST discard the packet and originate an ICMPv6
 * Time Exceeded message with Code 0 to the source of the packet." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_hop_limit_0_is_exceeded)
{
    static struct conform_packet p;
    struct ip6_hdr h = conform_header(conform_from(TN, FAR), IP_PROTO_UDP);
    static const uint8_t datagram[UDP_HEADER_BYTES] = {3, 0xe8, 0, 9, 0, 8, 1, 1};
    struct icmp6_hdr m;
    struct rig r;

    h.hops = 0;
    conform_open_router(&r);
    conform_send_exact(&r, h, datagram, sizeof datagram);
    m = conform_expect(&r, &p, ICMP6_TIME_EXCEEDED);
    CHECK_EQ(m.code, ICMP6_HOPS);
    CHECK_MEM(p.ip.dst, TN.b, 16);
    conform_expect_silence(&r);
    rig_close(&r);
}
