/* RFC 4861 8.1: "The ICMP Destination Address field in the redirect message does not contain a
 * multicast address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_of_a_group)
{
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    nd_send(&r, nd_from(TN_LOCAL, NUT), nd_redirect(ALL_NODES, R2_LOCAL));
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
