/* RFC 8200 5: "A node must be able to accept a fragmented packet that, after reassembly, is as
 * large as 1500 octets." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_mtu_reassembled_1500)
{
    static struct conform_packet p;
    struct rig r;

    conform_open(&r);
    spec_send_piece(&r, (struct ip6_hdr){0}, (struct spec_piece){1460, 0, 1232, 1, 0});
    spec_send_piece(&r, (struct ip6_hdr){0}, (struct spec_piece){1460, 1232, 228, 1, 0});
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_EQ(p.n, 1460);
    CHECK_MEM(p.at + ICMP6_HEADER_BYTES, spec_ping_bytes(1460) + ICMP6_HEADER_BYTES, 1452);
    rig_close(&r);
}
