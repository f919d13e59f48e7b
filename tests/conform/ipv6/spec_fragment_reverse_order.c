/* RFC 8200 4.5: "The Payload Length of the reassembled packet is computed from the length of the
 * Per-Fragment headers and the length and offset of the last fragment." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_reverse_order)
{
    static struct conform_packet p;
    struct rig r;

    conform_open(&r);
    spec_send_second(&r, 1);
    conform_expect_silence(&r);
    spec_send_first(&r, 1);
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_EQ(p.n, 56);
    rig_close(&r);
}
