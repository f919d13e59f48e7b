/* RFC 4861 8.1: "ICMP length (derived from the IP length) is 40 or more octets." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_redirect_shorter_than_40)
{
    struct nd_msg m = nd_redirect(FAR, R2_LOCAL);
    uint8_t message[64];
    struct rig r;

    nd_open_routed(&r);
    conform_param(&r, "ip.accept-redirects", 1);
    (void)nd_write(message, sizeof message, &m);
    nd_send_bytes(&r, nd_from(TN_LOCAL, NUT), message, 32);
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
