/* RFC 8200 8.3: "When using TCP over IPv6, the MSS must be computed as the maximum packet size
 * minus 60 octets, because the minimum-length IPv6 header (i.e., an IPv6 header with no extension
 * headers) is 20 octets longer than a minimum-length IPv4 header." */
#include "tests/conform/rig.h"
#include "wire/tcp.h"

TEST(conform_ipv6, pmtu_tcp_offers_the_links_mss)
{
    static struct conform_packet p;
    struct rig r;
    struct tcp_hdr h;

    conform_open(&r);
    (void)conform_socket(&r, TARN_STREAM, TN);
    CHECK(conform_recv(&r, &p));
    CHECK_EQ(tcp_parse(&h, p.at, p.n), WIRE_OK);
    CHECK(h.opts.has_mss);
    CHECK_EQ(h.opts.mss, 1440);
    rig_close(&r);
}
