/* RFC 4862 5.5.3: "If RemainingLifetime is less than or equal to 2 hours, ignore the Prefix
 * Information option with regards to the valid lifetime" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_prefix_short_life_is_not_cut)
{
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    prefix.valid_s = prefix.preferred_s = 7000;
    nd_send_prefix(&r, prefix);
    prefix.valid_s = prefix.preferred_s = 10;
    nd_send_prefix(&r, prefix);
    CHECK(nd_address_of(&r, prefix.prefix, &a));
    CHECK_EQ(a.valid_until, r.now + 7000 * RIG_S);
    rig_close(&r);
}
