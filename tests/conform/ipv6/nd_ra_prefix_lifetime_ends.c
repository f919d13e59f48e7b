/* RFC 4861 6.3.4: "create a new entry for the prefix and initialize its invalidation timer to
 * the Valid Lifetime value in the Prefix Information option." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_prefix_lifetime_ends)
{
    struct tarn_ip net = {{0x20, 0x01, 0x0d, 0xb8, 0, 1}};
    struct nd_prefix prefix = nd_link_prefix;
    struct rig r;

    nd_open_host(&r);
    prefix.valid_s = prefix.preferred_s = 30;
    nd_send_prefix(&r, prefix);
    rig_wait(&r, 29 * RIG_S);
    CHECK(nd_has_route(&r, net, 64, UNSPECIFIED));
    rig_wait(&r, 2 * RIG_S);
    CHECK(!nd_has_route(&r, net, 64, UNSPECIFIED));
    rig_close(&r);
}
