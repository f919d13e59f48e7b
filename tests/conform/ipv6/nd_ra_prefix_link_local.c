/* RFC 4861 6.3.4: "If the prefix is the link-local prefix, silently ignore the Prefix
 * Information option." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_prefix_link_local)
{
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_ip net = {{0xfe, 0x80}};
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    memset(prefix.prefix, 0, 16);
    memcpy(prefix.prefix, net.b, 2);
    prefix.valid_s = prefix.preferred_s = 10;
    nd_send_prefix(&r, prefix);
    rig_wait(&r, 11 * RIG_S);
    CHECK(!nd_address_of(&r, prefix.prefix, &a));
    CHECK(nd_has_route(&r, net, 64, UNSPECIFIED));
    rig_close(&r);
}
