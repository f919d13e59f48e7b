/* RFC 4443 2.4 (e.3): "There are two exceptions to this rule: (1) the Packet Too Big Message
 * (Section 3.2) to allow Path MTU discovery to work for IPv6 multicast" */
#include "tests/conform/rig.h"

/* Sends n bytes to TN from the socket; their packet. */
static void say(struct rig *r, tarn_sock s, size_t n, struct conform_packet *p)
{
    static const uint8_t data[1452];

    CHECK_EQ(tarn_send(r->st, s, data, n, r->now), (long)n);
    CHECK(conform_recv(r, p));
}

TEST(conform_ipv6, pmtu_of_a_group)
{
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1400};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, TN);

    struct tarn_ip group = {{0xff, 0x0e, [15] = 0x33}};
    tarn_sock to_group = conform_socket(&r, TARN_DGRAM, group);

    (void)s;
    say(&r, to_group, 1452, &p);
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    say(&r, to_group, 1452, &p);
    CHECK(IP6_HEADER_BYTES + p.n <= 1400);
    rig_close(&r);
}
