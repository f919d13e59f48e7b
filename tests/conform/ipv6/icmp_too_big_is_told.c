/* RFC 4443 3.2: "An incoming Packet Too Big message MUST be passed to the upper-layer process if
 * the relevant process can be identified (see Section 2.4, (d))." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_too_big_is_told)
{
    static struct conform_packet p;
    static const uint8_t data[1400];
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1300};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, TN);
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_IPV6_RECVERR, 1, r.now), 0);
    CHECK_EQ(tarn_send(r.st, s, data, sizeof data, r.now), sizeof data);
    CHECK(conform_recv(&r, &p));
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    CHECK_EQ(conform_error(&r, s), TARN_EMSGSIZE);
    rig_close(&r);
}
