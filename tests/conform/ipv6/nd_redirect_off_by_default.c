/* RFC 4861 8.3: "A host receiving a valid redirect SHOULD update its Destination Cache
 * accordingly" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_off_by_default)
{
    struct rig r;

    nd_open_routed(&r);
    nd_send(&r, nd_from(TN_LOCAL, NUT), nd_redirect(FAR, R2_LOCAL));
    conform_expect_dropped(&r, DROP_ND_ROUTER, 1);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
