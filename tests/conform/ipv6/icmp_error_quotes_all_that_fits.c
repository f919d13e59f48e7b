/* RFC 4443 2.4 (c): "Every ICMPv6 error message (type < 128) MUST include as much of the IPv6
 * offending (invoking) packet (the packet that caused the error) as possible without making the
 * error message packet exceed the minimum IPv6 MTU [IPv6]." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_error_quotes_all_that_fits)
{
    static struct conform_packet p;
    struct rig r;

    conform_open(&r);
    conform_udp(&r, conform_from(TN, NUT), 9, 1400);
    conform_expect(&r, &p, ICMP6_UNREACHABLE);
    CHECK_EQ(IP6_HEADER_BYTES + p.n, 1280);
    conform_udp(&r, conform_from(TN, NUT), 9, 100);
    conform_expect(&r, &p, ICMP6_UNREACHABLE);
    CHECK_EQ(p.n, ICMP6_HEADER_BYTES + IP6_HEADER_BYTES + UDP_HEADER_BYTES + 100);
    CHECK_EQ(p.at[ICMP6_HEADER_BYTES] >> 4, 6);
    CHECK_MEM(p.at + ICMP6_HEADER_BYTES + 8, TN.b, 16);
    rig_close(&r);
}
