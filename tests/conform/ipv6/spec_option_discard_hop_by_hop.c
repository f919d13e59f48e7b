/* RFC 8200 4.2: "01 - discard the packet." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_option_discard_hop_by_hop)
{
    struct rig r;

    conform_open(&r);
    spec_ping_option(&r, (struct ip6_hdr){0}, IP6_HOP_BY_HOP, OPTION_DISCARD);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_OPTION, 1);
    rig_close(&r);
}
