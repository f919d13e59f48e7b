/* RFC 8201 5.4: "The TCP layer must track the PMTU for the path(s) in use by a connection; it
 * should not send segments that would result in packets larger than the PMTU, except to probe
 * during PMTU Discovery (this probe packet must not be fragmented to the PMTU)." */
#include "tests/conform/tcp.h"

TEST(conform_ipv6, pmtu_tcp_segments_fit)
{
    static struct conform_packet p;
    static const uint8_t data[4096];
    struct icmp6_hdr m = {.type = ICMP6_PACKET_TOO_BIG, .info = 1280};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_connection(&r, 2880);
    CHECK(conform_recv(&r, &p));
    conform_report(&r, conform_from(FAR, NUT), m, &p);
    CHECK_EQ(tarn_send(r.st, s, data, sizeof data, r.now), sizeof data);
    CHECK(conform_recv(&r, &p)); /* what waited to be sent when the message came */
    for (unsigned i = 0; conform_recv(&r, &p); i++) {
        CHECK_EQ(p.ip.next, IP_PROTO_TCP);
        CHECK(IP6_HEADER_BYTES + p.n <= 1280);
    }
    rig_close(&r);
}
