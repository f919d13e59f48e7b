/* RFC 8200 4.5: "Extension headers, if any, and the Upper-Layer header.  These headers must be in
 * the first fragment." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_fragment_headers_behind_processed)
{
    uint8_t first[IP6_FRAGMENT_BYTES + 8 + 24] = {
        [0] = IP6_DEST_OPTIONS, [3] = 1, [7] = 5, [8] = IP_PROTO_ICMP6, [10] = OPTION_SKIP, 4};
    uint8_t second[IP6_FRAGMENT_BYTES + 32] = {[0] = IP6_DEST_OPTIONS, [3] = 32, [7] = 5};
    struct rig r;

    conform_open(&r);
    memcpy(first + 16, spec_ping_bytes(56), 24);
    memcpy(second + 8, spec_ping_bytes(56) + 24, 32);
    conform_send(&r, (struct ip6_hdr){.next = IP6_FRAGMENT}, first, sizeof first);
    conform_send(&r, (struct ip6_hdr){.next = IP6_FRAGMENT}, second, sizeof second);
    spec_expect_reply(&r);
    first[10] = OPTION_REPORT;
    conform_send(&r, (struct ip6_hdr){.next = IP6_FRAGMENT}, first, sizeof first);
    conform_send(&r, (struct ip6_hdr){.next = IP6_FRAGMENT}, second, sizeof second);
    spec_expect_problem(&r, ICMP6_BAD_OPTION, IP6_HEADER_BYTES + 2);
    rig_close(&r);
}
