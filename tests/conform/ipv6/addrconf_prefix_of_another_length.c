/* RFC 4862 5.5.3: "If the sum of the prefix length and interface identifier length does not
 * equal 128 bits, the Prefix Information option MUST be ignored." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_prefix_of_another_length)
{
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    prefix.len = 63;
    nd_send_prefix(&r, prefix);
    prefix.len = 65;
    nd_send_prefix(&r, prefix);
    CHECK(!nd_address_of(&r, prefix.prefix, &a));
    rig_close(&r);
}
