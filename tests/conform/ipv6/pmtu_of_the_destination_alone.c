/* RFC 8201 5.2: "For example, if the destination address is used as the local representation of a
 * path, the destination address from the original packet would be used to determine which path
 * the message applies to." */
#include "tests/conform/rig.h"

/* Sends n bytes to TN from the socket; their packet. */
static void say(struct rig *r, tarn_sock s, size_t n, struct conform_packet *p)
{
    static const uint8_t data[1452];

    CHECK_EQ(tarn_send(r->st, s, data, n, r->now), (long)n);
    CHECK(conform_recv(r, p));
}

TEST(conform_ipv6, pmtu_of_the_destination_alone)
{
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1400};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, TN);

    tarn_sock other = conform_socket(&r, TARN_DGRAM, FAR);

    say(&r, s, 1452, &p);
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    CHECK_EQ(conform_path_mtu(&r, s), 1400);
    CHECK_EQ(conform_path_mtu(&r, other), 1500);
    rig_close(&r);
}
