/* RFC 4862 5.5.3: "and if the Valid Lifetime is not 0, form an address" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_prefix_valid_lifetime_zero)
{
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    prefix.valid_s = prefix.preferred_s = 0;
    nd_send_prefix(&r, prefix);
    CHECK(!nd_address_of(&r, prefix.prefix, &a));
    rig_close(&r);
}
