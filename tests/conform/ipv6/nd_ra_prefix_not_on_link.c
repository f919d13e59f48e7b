/* RFC 4861 6.3.4: "Note, however, that a Prefix Information option with the on-link flag set to
 * zero conveys no information concerning on-link determination and MUST NOT be interpreted to
 * mean that addresses covered by the prefix are off-link." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_prefix_not_on_link)
{
    struct tarn_ip net = {{0x20, 0x01, 0x0d, 0xb8, 0, 1}};
    struct nd_prefix prefix = nd_link_prefix;
    struct rig r;

    nd_open_host(&r);
    nd_send_prefix(&r, prefix);
    prefix.on_link = false;
    nd_send_prefix(&r, prefix);
    CHECK(nd_has_route(&r, net, 64, UNSPECIFIED));
    rig_close(&r);
}
