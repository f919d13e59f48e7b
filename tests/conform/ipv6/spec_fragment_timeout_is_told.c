/* RFC 8200 4.5: "If the first fragment (i.e., the one with a Fragment Offset of zero) has been
 * received, an ICMP Time Exceeded -- Fragment Reassembly Time Exceeded message should be sent to
 * the source of that fragment." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_timeout_is_told)
{
    static struct conform_packet p;
    struct rig r;

    conform_open(&r);
    spec_send_first(&r, 1);
    spec_send_second(&r, 2);
    rig_wait(&r, 61 * RIG_S);
    CHECK_EQ(conform_expect(&r, &p, ICMP6_TIME_EXCEEDED).code, ICMP6_REASSEMBLY);
    CHECK_EQ(p.n, ICMP6_HEADER_BYTES + IP6_HEADER_BYTES + IP6_FRAGMENT_BYTES + 24);
    CHECK_EQ(p.at[ICMP6_HEADER_BYTES + IP6_HEADER_BYTES + 7], 1);
    conform_expect_silence(&r);
    rig_close(&r);
}
