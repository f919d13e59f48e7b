/* RFC 4443 3.2: "Set to 0 (zero) by the originator and ignored by the receiver." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_too_big_code_is_ignored)
{
    static struct conform_packet p;
    static const uint8_t data[1400];
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .code = 0xff, .info = 1300};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, TN);
    CHECK_EQ(tarn_send(r.st, s, data, sizeof data, r.now), sizeof data);
    CHECK(conform_recv(&r, &p));
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    CHECK_EQ(conform_path_mtu(&r, s), 1300);
    rig_close(&r);
}
