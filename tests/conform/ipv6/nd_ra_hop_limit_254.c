/* RFC 4861 6.1.2: "The IP Hop Limit field has a value of 255, i.e., the packet could not
 * possibly have been forwarded by a router." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_hop_limit_254)
{
    struct ip6_hdr h = nd_from(TN_LOCAL, ALL_NODES);
    struct rig r;

    nd_open_host(&r);
    h.hops = 254;
    nd_send(&r, h, nd_ra());
    CHECK(!nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    conform_expect_dropped(&r, DROP_ND_HOP_LIMIT, 1);
    rig_close(&r);
}
