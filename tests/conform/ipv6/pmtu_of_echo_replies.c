/* RFC 8201 4: "When a node receives a Packet Too Big message, it must reduce its estimate of the
 * PMTU for the relevant path, based on the value of the MTU field in the message." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, pmtu_of_echo_replies)
{
    static struct conform_packet p;
    static const uint8_t data[1452];
    struct icmp6_hdr echo = {.type = ICMP6_ECHO};
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1280};
    struct rig r;

    conform_open(&r);
    conform_icmp(&r, conform_from(FAR, NUT), echo, data, sizeof data);
    conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_EQ(IP6_HEADER_BYTES + p.n, 1500);
    conform_report(&r, conform_from(TN, NUT), m, &p);
    conform_icmp(&r, conform_from(FAR, NUT), echo, data, sizeof data);
    for (unsigned i = 0; i < 2; i++) {
        CHECK(conform_recv(&r, &p));
        CHECK_EQ(p.ip.next, IP6_FRAGMENT);
        CHECK(IP6_HEADER_BYTES + p.n <= 1280);
    }
    conform_expect_silence(&r);
    rig_close(&r);
}
