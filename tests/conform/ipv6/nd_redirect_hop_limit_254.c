/* RFC 4861 8.1: "The IP Hop Limit field has a value of 255, i.e., the packet could not possibly
 * have been forwarded by a router." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_hop_limit_254)
{
    struct ip6_hdr h = nd_from(TN_LOCAL, NUT);
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    h.hops = 254;
    nd_send(&r, h, nd_redirect(FAR, R2_LOCAL));
    conform_expect_dropped(&r, DROP_ND_HOP_LIMIT, 1);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
