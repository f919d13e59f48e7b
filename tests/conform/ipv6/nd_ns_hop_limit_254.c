/* RFC 4861 7.1.1: "The IP Hop Limit field has a value of 255, i.e., the packet could not
 * possibly have been forwarded by a router." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_hop_limit_254)
{
    struct ip6_hdr h = nd_from(TN, nd_group_of(NUT));
    struct rig r;

    conform_open_alone(&r);
    h.hops = 254;
    nd_send(&r, h, nd_ns(NUT));
    conform_expect_silence(&r);
    CHECK_EQ(nd_state(&r, TN), 0);
    conform_expect_dropped(&r, DROP_ND_HOP_LIMIT, 1);
    rig_close(&r);
}
