/* RFC 8200 4.1: "IPv6 nodes must accept and attempt to process extension headers in any order and
 * occurring any number of times in the same packet, except for the Hop-by-Hop Options header, which
 * is restricted to appear immediately after an IPv6 header only." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_headers_any_order)
{
    static const uint8_t chain[40] = {
        [0] = IP6_ROUTING,     [2] = IP6_OPT_PADN,  4, [8] = IP6_DEST_OPTIONS,
        [16] = IP6_FRAGMENT,   [18] = IP6_OPT_PADN, 4, [24] = IP6_DEST_OPTIONS,
        [32] = IP_PROTO_ICMP6, [34] = IP6_OPT_PADN, 4};
    struct rig r;

    conform_open(&r);
    conform_echo_behind(&r, (struct ip6_hdr){.next = IP6_DEST_OPTIONS}, chain, sizeof chain);
    spec_expect_reply(&r);
    conform_echo_behind(&r, (struct ip6_hdr){.next = IP6_HOP_BY_HOP}, chain, sizeof chain);
    spec_expect_reply(&r);
    rig_close(&r);
}
