/* RFC 8201 4: "If a node receives a Packet Too Big message reporting a next-hop MTU that is less
 * than the IPv6 minimum link MTU, it must discard it." */
#include "tests/conform/rig.h"

/* Sends n bytes to TN from the socket; their packet. */
static void say(struct rig *r, tarn_sock s, size_t n, struct conform_packet *p)
{
    static const uint8_t data[1452];

    CHECK_EQ(tarn_send(r->st, s, data, n, r->now), (long)n);
    CHECK(conform_recv(r, p));
}

TEST(conform_ipv6, pmtu_below_minimum_is_discarded)
{
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1400};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, TN);

    m.info = 1279;
    say(&r, s, 1452, &p);
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    CHECK_EQ(conform_path_mtu(&r, s), 1500);
    m.info = 0;
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    CHECK_EQ(conform_path_mtu(&r, s), 1500);
    conform_expect_dropped(&r, DROP_ICMP_QUOTE, 2);
    rig_close(&r);
}
