/* RFC 4861 8.1: "The IP source address of the Redirect is the same as the current first-hop
 * router for the specified ICMP Destination Address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_not_from_first_hop)
{
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    nd_send(&r, nd_from(R2_LOCAL, NUT), nd_redirect(FAR, R2_LOCAL));
    conform_expect_dropped(&r, DROP_ND_ROUTER, 1);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
