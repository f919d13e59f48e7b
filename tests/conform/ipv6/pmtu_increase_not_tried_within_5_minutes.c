/* RFC 8201 4: "An attempt to detect an increase (by sending a packet larger than the current
 * estimate) must not be done less than 5 minutes after a Packet Too Big message has been received
 * for the given path." */
#include "tests/conform/rig.h"

/* Sends n bytes to TN from the socket; their packet. */
static void say(struct rig *r, tarn_sock s, size_t n, struct conform_packet *p)
{
    static const uint8_t data[1452];

    CHECK_EQ(tarn_send(r->st, s, data, n, r->now), (long)n);
    CHECK(conform_recv(r, p));
}

TEST(conform_ipv6, pmtu_increase_not_tried_within_5_minutes)
{
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1400};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, TN);

    say(&r, s, 1452, &p);
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    rig_wait(&r, 299 * RIG_S);
    say(&r, s, 1452, &p);
    CHECK(IP6_HEADER_BYTES + p.n <= 1400);
    rig_close(&r);
}
