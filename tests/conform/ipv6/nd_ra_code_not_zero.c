/* RFC 4861 6.1.2: "ICMP Code is 0." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_code_not_zero)
{
    struct nd_msg m = nd_ra();
    uint8_t message[64];
    size_t n = nd_write(message, sizeof message, &m);
    struct rig r;

    nd_open_host(&r);
    message[1] = 1;
    nd_send_bytes(&r, nd_from(TN_LOCAL, ALL_NODES), message, n);
    CHECK(!nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    rig_close(&r);
}
