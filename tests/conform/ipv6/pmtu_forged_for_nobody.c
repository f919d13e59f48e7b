/* RFC 8201 4: "When a node receives a Packet Too Big message, it must reduce its estimate of the
 * PMTU for the relevant path, based on the value of the MTU field in the message." What no socket
 * of this node can have sent is of no relevant path. */
#include "tests/conform/rig.h"

/* Sends n bytes to TN from the socket; their packet. */
static void say(struct rig *r, tarn_sock s, size_t n, struct conform_packet *p)
{
    static const uint8_t data[1452];

    CHECK_EQ(tarn_send(r->st, s, data, n, r->now), (long)n);
    CHECK(conform_recv(r, p));
}

TEST(conform_ipv6, pmtu_forged_for_nobody)
{
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1400};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, TN);

    say(&r, s, 1452, &p);
    p.frame[ETH_HEADER_BYTES + IP6_HEADER_BYTES] ^= 0x80; /* a port that nobody has here */
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    CHECK_EQ(conform_path_mtu(&r, s), 1500);
    rig_close(&r);
}
