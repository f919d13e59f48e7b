/* RFC 4443 3.1: "If the reason for the failure to deliver is that the destination is beyond the
 * scope of the source address, the Code field is set to 2." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_beyond_scope)
{
    static struct conform_packet p;
    struct icmp6_hdr m;
    struct rig r;

    conform_open_router(&r);
    conform_udp(&r, conform_from(TN_LOCAL, FAR), 9, 10);
    m = conform_expect(&r, &p, ICMP6_UNREACHABLE);
    CHECK_EQ(m.code, ICMP6_SCOPE);
    CHECK_MEM(p.ip.dst, TN_LOCAL.b, 16);
    rig_close(&r);
}
