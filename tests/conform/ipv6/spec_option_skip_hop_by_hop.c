/* RFC 8200 4.2: "00 - skip over this option and continue processing the header." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_option_skip_hop_by_hop)
{
    struct rig r;

    conform_open(&r);
    spec_ping_option(&r, (struct ip6_hdr){0}, IP6_HOP_BY_HOP, OPTION_SKIP);
    spec_expect_reply(&r);
    rig_close(&r);
}
