/* RFC 4443 3.1: "A node receiving the ICMPv6 Destination Unreachable message MUST notify the
 * upper-layer process if the relevant process can be identified (see Section 2.4, (d))." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_unreachable_is_told)
{
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = ICMP6_UNREACHABLE, .code = ICMP6_NO_ROUTE};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, TN);
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_IPV6_RECVERR, 1, r.now), 0);
    CHECK_EQ(tarn_send(r.st, s, "x", 1, r.now), 1);
    CHECK(conform_recv(&r, &p));
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    CHECK_EQ(conform_error(&r, s), TARN_ENETUNREACH);
    rig_close(&r);
}
