/* RFC 4861 6.1.1: "If the IP source address is the unspecified address, there is no source link-
 * layer address option in the message." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_rs_unspecified_with_link_address)
{
    struct nd_msg m = {.type = ICMP6_ROUTER_SOLICIT, .has_source_mac = true};
    struct rig r;

    conform_open_alone(&r);
    conform_param(&r, "ip6.forwarding", 1);
    memcpy(m.source_mac, rig_peer_mac, 6);
    nd_send(&r, nd_from(UNSPECIFIED, ALL_ROUTERS), m);
    conform_expect_dropped(&r, DROP_ND_SOURCE, 1);
    rig_close(&r);
}
