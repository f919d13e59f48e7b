/* RFC 4861 8.1: "IP Source Address is a link-local address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_source_not_link_local)
{
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    nd_send(&r, nd_from(TN, NUT), nd_redirect(FAR, R2_LOCAL));
    conform_expect_dropped(&r, DROP_ND_SOURCE, 1);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
