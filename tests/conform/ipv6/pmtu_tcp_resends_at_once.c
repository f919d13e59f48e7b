/* RFC 8201 5.4: "When a Packet Too Big message is received, it implies that a packet was dropped
 * by the node that sent the ICMPv6 message." */
#include "tests/conform/tcp.h"

TEST(conform_ipv6, pmtu_tcp_resends_at_once)
{
    static struct conform_packet first, p;
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1300};
    struct rig r;

    conform_open(&r);
    (void)conform_connection(&r, 2880);
    CHECK(conform_recv(&r, &first));
    CHECK_EQ(IP6_HEADER_BYTES + first.n, 1500);
    CHECK(conform_recv(&r, &p));
    conform_report(&r, conform_from(FAR, NUT), m, &first);
    CHECK(conform_recv(&r, &p));
    CHECK_EQ(IP6_HEADER_BYTES + p.n, 1300);
    CHECK_MEM(p.at + 4, first.at + 4, 4); /* the same sequence number */
    rig_close(&r);
}
