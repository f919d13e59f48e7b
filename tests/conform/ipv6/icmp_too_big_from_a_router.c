/* RFC 4443 3.2: "A Packet Too Big MUST be sent by a router in response to a packet that it cannot
 * forward because the packet is larger than the MTU of the outgoing link." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_too_big_from_a_router)
{
    static struct conform_packet p;
    struct tarn_route narrow = {
        .to = {.ip = FAR, .len = 128}, .via = TN_LOCAL, .port = RIG_PORT, .mtu = 1300};
    struct icmp6_hdr m;
    struct rig r;

    conform_open_router(&r);
    CHECK_EQ(tarn_route_add(r.st, &narrow, r.now, NULL), 0);
    conform_udp(&r, conform_from(TN, FAR), 9, 1300);
    m = conform_expect(&r, &p, ICMP6_PACKET_TOO_BIG);
    CHECK_EQ(m.code, 0);
    CHECK_EQ(m.info, 1300);
    conform_udp(&r, conform_from(TN, FAR), 9, 1300 - 48);
    CHECK(conform_recv(&r, &p));
    CHECK_MEM(p.ip.dst, FAR.b, 16);
    rig_close(&r);
}
