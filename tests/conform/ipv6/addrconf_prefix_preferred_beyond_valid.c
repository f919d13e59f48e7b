/* RFC 4862 5.5.3: "If the preferred lifetime is greater than the valid lifetime, silently ignore
 * the Prefix Information option." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_prefix_preferred_beyond_valid)
{
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    prefix.preferred_s = prefix.valid_s + 1;
    nd_send_prefix(&r, prefix);
    CHECK(!nd_address_of(&r, prefix.prefix, &a));
    rig_close(&r);
}
