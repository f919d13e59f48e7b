/* RFC 4443 2.4 (d): "In cases where the internet-layer protocol is required to pass an ICMPv6
 * error message to the upper-layer process, the upper-layer protocol type is extracted from the
 * original packet (contained in the body of the ICMPv6 error message) and used to select the
 * appropriate upper-layer process to handle the error." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_error_finds_the_transport)
{
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = ICMP6_UNREACHABLE, .code = ICMP6_PORT};
    struct rig r;
    tarn_sock udp, tcp;

    conform_open(&r);
    udp = conform_socket(&r, TARN_DGRAM, TN);
    CHECK_EQ(tarn_send(r.st, udp, "x", 1, r.now), 1);
    CHECK(conform_recv(&r, &p));
    tcp = conform_socket(&r, TARN_STREAM, TN);
    conform_report(&r, conform_from(TN, NUT), m, &p);
    CHECK_EQ(conform_error(&r, udp), TARN_ECONNREFUSED);
    CHECK(conform_recv(&r, &p));
    CHECK_EQ(p.ip.next, IP_PROTO_TCP);
    CHECK_EQ(conform_error(&r, tcp), 0);
    conform_report(&r, conform_from(TN, NUT), m, &p);
    CHECK_EQ(conform_error(&r, tcp), TARN_ECONNREFUSED);
    rig_close(&r);
}
