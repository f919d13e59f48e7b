/* RFC 4861 8.3: "A host receiving a valid redirect SHOULD update its Destination Cache
 * accordingly so that subsequent traffic goes to the specified target." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_to_a_router)
{
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    nd_expect_way(&r, FAR, rig_peer_mac);
    nd_send(&r, nd_from(TN_LOCAL, NUT), nd_redirect(FAR, R2_LOCAL));
    nd_expect_way(&r, FAR, nd_other_mac);
    rig_close(&r);
}
