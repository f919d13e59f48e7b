/* RFC 8200 4.2: "a receiver must not, for example, scan through a header looking for a particular
 * kind of option and process that option prior to processing all preceding ones." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_option_order)
{
    static const uint8_t report_second[8] = {IP_PROTO_ICMP6, 0, OPTION_DISCARD, 0,
                                             OPTION_REPORT,  0};
    static const uint8_t report_first[8] = {IP_PROTO_ICMP6, 0, OPTION_SKIP,    0,
                                            OPTION_REPORT,  0, OPTION_DISCARD, 0};
    struct rig r;

    conform_open(&r);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_DEST_OPTIONS, report_second);
    conform_expect_silence(&r);
    spec_ping_behind(&r, (struct ip6_hdr){0}, IP6_DEST_OPTIONS, report_first);
    spec_expect_problem(&r, ICMP6_BAD_OPTION, IP6_HEADER_BYTES + 4);
    rig_close(&r);
}
