/* RFC 4861 8.1: "All included options have a length that is greater than zero." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_option_of_length_zero)
{
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    nd_send_with(&r, nd_from(TN_LOCAL, NUT), nd_redirect(FAR, R2_LOCAL), "\xfd\0\0\0\0\0\0\0", 8);
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
