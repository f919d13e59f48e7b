/* RFC 4861 8.1: "ICMP Code is 0." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_code_not_zero)
{
    struct nd_msg m = nd_redirect(FAR, R2_LOCAL);
    uint8_t message[64];
    size_t n = nd_write(message, sizeof message, &m);
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    message[1] = 1;
    nd_send_bytes(&r, nd_from(TN_LOCAL, NUT), message, n);
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
