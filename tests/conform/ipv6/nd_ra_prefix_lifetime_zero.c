/* RFC 4861 6.3.4: "If the new Lifetime value is zero, time-out the prefix immediately (see
 * Section 6.3.5)." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_prefix_lifetime_zero)
{
    struct tarn_ip net = {{0x20, 0x01, 0x0d, 0xb8, 0, 1}};
    struct nd_prefix prefix = nd_link_prefix;
    struct rig r;

    nd_open_host(&r);
    nd_send_prefix(&r, prefix);
    prefix.valid_s = prefix.preferred_s = 0;
    nd_send_prefix(&r, prefix);
    CHECK(!nd_has_route(&r, net, 64, UNSPECIFIED));
    rig_close(&r);
}
