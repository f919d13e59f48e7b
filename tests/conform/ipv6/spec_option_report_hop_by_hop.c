/* RFC 8200 4.2: "10 - discard the packet and, regardless of whether or not the packet's Destination
 * Address was a multicast address, send an ICMP Parameter Problem, Code 2, message to the packet's
 * Source Address, pointing to the unrecognized Option Type." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_option_report_hop_by_hop)
{
    struct rig r;

    conform_open(&r);
    spec_ping_option(&r, (struct ip6_hdr){0}, IP6_HOP_BY_HOP, OPTION_REPORT);
    spec_expect_problem(&r, ICMP6_BAD_OPTION, IP6_HEADER_BYTES + 2);
    spec_ping_option(&r, conform_from(TN, ALL_NODES), IP6_HOP_BY_HOP, OPTION_REPORT);
    spec_expect_problem(&r, ICMP6_BAD_OPTION, IP6_HEADER_BYTES + 2);
    rig_close(&r);
}
