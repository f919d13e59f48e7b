/* RFC 4861 8.1: "The ICMP Target Address is either a link-local address (when redirected to a
 * router) or the same as the ICMP Destination Address (when redirected to the on-link
 * destination)." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_to_a_global_address)
{
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    nd_send(&r, nd_from(TN_LOCAL, NUT), nd_redirect(FAR, NOBODY));
    conform_expect_dropped(&r, DROP_ND_ROUTER, 1);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
