/* RFC 4861 8.3: "If the Target and Destination Addresses are the same, the host MUST treat the
 * Target as on-link." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_on_link)
{
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    nd_send(&r, nd_from(TN_LOCAL, NUT), nd_redirect(FAR, FAR));
    nd_expect_way(&r, FAR, nd_other_mac);
    rig_close(&r);
}
