/* RFC 4861 6.1.2: "IP Source Address is a link-local address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_source_not_link_local)
{
    struct rig r;

    nd_open_host(&r);
    nd_send(&r, nd_from(TN, ALL_NODES), nd_ra());
    CHECK(!nd_has_route(&r, UNSPECIFIED, 0, TN));
    conform_expect_dropped(&r, DROP_ND_SOURCE, 1);
    rig_close(&r);
}
