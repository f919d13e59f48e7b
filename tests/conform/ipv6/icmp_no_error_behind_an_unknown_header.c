/* RFC 4443 2.4 (e.1): "An ICMPv6 error message MUST NOT be originated as a result of receiving
 * the following: An ICMPv6 error message." It is one, too, behind an option that is not known. */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_no_error_behind_an_unknown_header)
{
    static const uint8_t unknown_option[] = {IP_PROTO_ICMP6,      0, 0x9e, 4, 0, 0, 0, 0,
                                             ICMP6_TIME_EXCEEDED, 0, 0,    0, 0, 0, 0, 0};
    struct ip6_hdr h = conform_from(TN, NUT);
    struct rig r;

    h.next = IP6_DEST_OPTIONS;
    conform_open(&r);
    conform_send(&r, h, unknown_option, sizeof unknown_option);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_OPTION, 1);
    rig_close(&r);
}
