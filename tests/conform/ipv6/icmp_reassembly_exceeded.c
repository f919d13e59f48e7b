/* RFC 8200 4.5: "If the first fragment (i.e., the one with a Fragment Offset of zero) has been
 * received, an ICMP Time Exceeded -- Fragment Reassembly Time Exceeded message should be sent to
 * the source of that fragment." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_reassembly_exceeded)
{
    static const uint8_t first[8 + 16] = {IP_PROTO_UDP, 0, 0, 1, 0, 0, 0, 7, 3, 0xe8, 0, 9, 0, 64};
    static struct conform_packet p;
    struct ip6_hdr h = conform_from(TN, NUT);
    struct icmp6_hdr m;
    struct rig r;

    h.next = IP6_FRAGMENT;
    conform_open(&r);
    conform_send(&r, h, first, sizeof first);
    rig_wait(&r, 59 * RIG_S);
    conform_expect_silence(&r);
    rig_wait(&r, 2 * RIG_S);
    m = conform_expect(&r, &p, ICMP6_TIME_EXCEEDED);
    CHECK_EQ(m.code, ICMP6_REASSEMBLY);
    CHECK_MEM(p.at + ICMP6_HEADER_BYTES + IP6_HEADER_BYTES, first, sizeof first);
    rig_close(&r);
}
