/* RFC 4443 2.4 (a): "If an ICMPv6 error message of unknown type is received at its destination,
 * it MUST be passed to the upper-layer process that originated the packet that caused the error,
 * where this can be identified (see Section 2.4, (d))." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_unknown_error_reaches_the_socket)
{
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = 100, .code = 7};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_DGRAM, TN);
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_IPV6_RECVERR, 1, r.now), 0);
    CHECK_EQ(tarn_send(r.st, s, "x", 1, r.now), 1);
    CHECK(conform_recv(&r, &p));
    conform_report(&r, conform_from(TN, NUT), m, &p);
    CHECK_EQ(conform_error(&r, s), TARN_EPROTO);
    conform_expect_silence(&r);
    rig_close(&r);
}
