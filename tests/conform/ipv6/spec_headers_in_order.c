/* RFC 8200 4: "a receiver must not, for example, scan through a packet looking for a particular
 * kind of extension header and process that header prior to processing all preceding ones." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_headers_in_order)
{
    static const uint8_t chain[16] = {
        [0] = IP6_ROUTING, [2] = OPTION_DISCARD, 4, [8] = IP_PROTO_ICMP6, [11] = 1};
    struct rig r;

    conform_open(&r);
    conform_echo_behind(&r, (struct ip6_hdr){.next = IP6_DEST_OPTIONS}, chain, sizeof chain);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_OPTION, 1);
    rig_close(&r);
}
