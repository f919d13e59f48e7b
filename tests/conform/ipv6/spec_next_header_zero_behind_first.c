/* RFC 8200 4: "The same action should be taken if a node encounters a Next Header value of zero in
 * any header other than an IPv6 header." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_next_header_zero_behind_first)
{
    static const uint8_t chain[16] = {
        [0] = IP6_HOP_BY_HOP, [2] = IP6_OPT_PADN, 4, [8] = IP_PROTO_ICMP6, [10] = IP6_OPT_PADN, 4};
    struct rig r;

    conform_open(&r);
    conform_echo_behind(&r, (struct ip6_hdr){.next = IP6_DEST_OPTIONS}, chain, sizeof chain);
    spec_expect_problem(&r, ICMP6_BAD_NEXT_HEADER, IP6_HEADER_BYTES);
    conform_expect_dropped(&r, DROP_IP6_EXTENSION, 1);
    rig_close(&r);
}
