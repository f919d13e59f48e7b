/* RFC 8200 5: "From each link to which a node is directly attached, the node must be able to accept
 * packets as large as that link's MTU." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_mtu_1500_accepted)
{
    static struct conform_packet p;
    struct rig r;

    conform_open(&r);
    conform_send(&r, (struct ip6_hdr){.next = IP_PROTO_ICMP6}, spec_ping_bytes(1460), 1460);
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_EQ(p.n, 1460);
    rig_close(&r);
}
