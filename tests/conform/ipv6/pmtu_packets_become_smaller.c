/* RFC 8201 4: "After receiving a Packet Too Big message, a node must attempt to avoid eliciting
 * more such messages in the near future. The node must reduce the size of the packets it is
 * sending along the path." */
#include "tests/conform/rig.h"

/* Sends n bytes to TN from the socket; their packet. */
static void say(struct rig *r, tarn_sock s, size_t n, struct conform_packet *p)
{
    static const uint8_t data[1452];

    CHECK_EQ(tarn_send(r->st, s, data, n, r->now), (long)n);
    CHECK(conform_recv(r, p));
}

TEST(conform_ipv6, pmtu_packets_become_smaller)
{
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1400};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, TN);

    say(&r, s, 1452, &p);
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    say(&r, s, 1452, &p);
    CHECK_EQ(p.ip.next, IP6_FRAGMENT);
    CHECK(IP6_HEADER_BYTES + p.n <= 1400);
    CHECK(conform_recv(&r, &p));
    CHECK(IP6_HEADER_BYTES + p.n <= 1400);
    conform_expect_silence(&r);
    rig_close(&r);
}
