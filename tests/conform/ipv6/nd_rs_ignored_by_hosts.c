/* RFC 4861 6.1.1: "Hosts MUST silently discard any received Router Solicitation Messages." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_rs_ignored_by_hosts)
{
    struct nd_msg m = {.type = ICMP6_ROUTER_SOLICIT, .has_source_mac = true};
    struct rig r;

    conform_open_alone(&r);
    memcpy(m.source_mac, rig_peer_mac, 6);
    nd_send(&r, nd_from(TN_LOCAL, NUT_LOCAL), m);
    conform_expect_silence(&r);
    CHECK_EQ(nd_state(&r, TN_LOCAL), 0);
    conform_expect_dropped(&r, DROP_ND_ROUTER, 1);
    rig_close(&r);
}
