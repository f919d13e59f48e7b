/* RFC 8200 4.5: "If insufficient fragments are received to complete reassembly of a packet within
 * 60 seconds of the reception of the first-arriving fragment of that packet, reassembly of that
 * packet must be abandoned and all the fragments that have been received for that packet must be
 * discarded." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_reassembly_of_the_rest_is_silent)
{
    static const uint8_t last[8 + 16] = {IP_PROTO_UDP, 0, 0, 16, 0, 0, 0, 7};
    struct ip6_hdr h = conform_from(TN, NUT);
    struct tarn_usage u;
    struct rig r;

    h.next = IP6_FRAGMENT;
    conform_open(&r);
    conform_send(&r, h, last, sizeof last);
    rig_wait(&r, 61 * RIG_S);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_REASM_TIMEOUT, 1);
    tarn_usage(r.st, &u);
    CHECK_EQ(u.reassemblies, 0);
    rig_close(&r);
}
