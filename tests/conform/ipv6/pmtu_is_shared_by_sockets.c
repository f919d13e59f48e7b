/* RFC 8201 5.2: "Any packetization layer instance (for example, a TCP connection) that is
 * actively using the path must be notified if the PMTU estimate is decreased." */
#include "tests/conform/rig.h"

/* Sends n bytes to TN from the socket; their packet. */
static void say(struct rig *r, tarn_sock s, size_t n, struct conform_packet *p)
{
    static const uint8_t data[1452];

    CHECK_EQ(tarn_send(r->st, s, data, n, r->now), (long)n);
    CHECK(conform_recv(r, p));
}

TEST(conform_ipv6, pmtu_is_shared_by_sockets)
{
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1400};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, TN);

    tarn_sock other = conform_socket(&r, TARN_DGRAM, TN);

    say(&r, s, 1452, &p);
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    CHECK_EQ(conform_path_mtu(&r, other), 1400);
    say(&r, other, 1452, &p);
    CHECK(IP6_HEADER_BYTES + p.n <= 1400);
    rig_close(&r);
}
