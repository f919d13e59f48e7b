/* RFC 8504 5.3: "A host MAY impose a limit on the maximum number of non-padding options allowed in
 * the destination options and hop-by-hop extension headers." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_options_limit_host)
{
    uint8_t header[24] = {IP_PROTO_ICMP6, 2};
    struct rig r;

    conform_open(&r);
    for (unsigned i = 0; i < 8; i++)
        header[2 + 2 * i] = OPTION_SKIP;
    conform_echo_behind(&r, (struct ip6_hdr){.next = IP6_DEST_OPTIONS}, header, sizeof header);
    spec_expect_reply(&r);
    header[2 + 2 * 8] = OPTION_SKIP;
    conform_echo_behind(&r, (struct ip6_hdr){.next = IP6_DEST_OPTIONS}, header, sizeof header);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_OPTION, 1);
    rig_close(&r);
}
