/* RFC 8201 5.2: "even if the Packet Too Big message contains an Original Packet Header that
 * refers to a UDP packet, the TCP layer must be notified if any of its connections use the given
 * path." */
#include "tests/conform/tcp.h"

TEST(conform_ipv6, pmtu_tcp_learns_from_udp)
{
    static struct conform_packet p;
    static const uint8_t data[1452];
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1280};
    struct rig r;
    tarn_sock tcp, udp;

    conform_open(&r);
    tcp = conform_connection(&r, 1);
    CHECK(conform_recv(&r, &p));
    udp = conform_socket(&r, TARN_DGRAM, TN);
    CHECK_EQ(tarn_send(r.st, udp, data, sizeof data, r.now), sizeof data);
    CHECK(conform_recv(&r, &p));
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    CHECK_EQ(tarn_setopt(r.st, tcp, TARN_SO_TCP_NODELAY, 1, r.now), 0);
    CHECK_EQ(tarn_send(r.st, tcp, data, sizeof data, r.now), sizeof data);
    CHECK(conform_recv(&r, &p));
    CHECK_EQ(p.ip.next, IP_PROTO_TCP);
    CHECK_EQ(IP6_HEADER_BYTES + p.n, 1280);
    rig_close(&r);
}
