/* RFC 4861 7.3.3: "In such cases, all Destination Cache entries that reference the (former)
 * router must perform next-hop determination again before using the entry." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_failed_is_forgotten)
{
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    nd_send(&r, nd_from(TN_LOCAL, NUT), nd_redirect(FAR, R2_LOCAL));
    nd_expect_way(&r, FAR, nd_other_mac);
    rig_wait(&r, 15 * RIG_S);
    rig_drain(&r);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
