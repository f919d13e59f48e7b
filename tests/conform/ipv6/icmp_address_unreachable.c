/* RFC 4443 3.1: "If the reason for the failure to deliver cannot be mapped to any of other codes,
 * the Code field is set to 3. The example of such cases are an inability to resolve the IPv6
 * destination address into a corresponding link address, or a link-specific problem of some
 * sort." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_address_unreachable)
{
    static struct conform_packet p;
    static const struct tarn_ip nobody = CONFORM_GLOBAL(0x77);
    struct icmp6_hdr m = {0};
    struct rig r;

    conform_open_router(&r);
    conform_udp(&r, conform_from(TN, nobody), 9, 10);
    rig_wait(&r, 10 * RIG_S);
    while (m.type != ICMP6_UNREACHABLE) {
        CHECK(conform_recv(&r, &p));
        CHECK_EQ(icmp6_parse(&m, p.at, p.n), WIRE_OK);
    }
    CHECK_EQ(m.code, ICMP6_ADDRESS);
    CHECK_MEM(p.ip.dst, TN.b, 16);
    rig_close(&r);
}
