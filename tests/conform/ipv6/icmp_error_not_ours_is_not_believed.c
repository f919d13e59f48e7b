/* RFC 5927 4.1: "TCP SHOULD check that the TCP sequence number contained in the payload of the
 * ICMP error message is within the range SND.UNA =< SEG.SEQ < SND.NXT." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_error_not_ours_is_not_believed)
{
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = ICMP6_UNREACHABLE, .code = ICMP6_PORT};
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    s = conform_socket(&r, TARN_STREAM, TN);
    CHECK(conform_recv(&r, &p));
    p.frame[ETH_HEADER_BYTES + IP6_HEADER_BYTES + 4] ^= 0x40;
    conform_report(&r, conform_from(TN, NUT), m, &p);
    CHECK_EQ(conform_error(&r, s), 0);
    p.frame[ETH_HEADER_BYTES + IP6_HEADER_BYTES + 4] ^= 0x40;
    p.frame[ETH_HEADER_BYTES + 8 + 15] ^= 1; /* a source that is not ours */
    conform_report(&r, conform_from(TN, NUT), m, &p);
    CHECK_EQ(conform_error(&r, s), 0);
    conform_expect_dropped(&r, DROP_ICMP_QUOTE, 1);
    rig_close(&r);
}
