/* RFC 4862 5.5.3: "Otherwise, reset the valid lifetime of the corresponding address to 2 hours." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_prefix_two_hours_are_left)
{
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    nd_send_prefix(&r, prefix);
    prefix.valid_s = prefix.preferred_s = 10;
    nd_send_prefix(&r, prefix);
    CHECK(nd_address_of(&r, prefix.prefix, &a));
    CHECK_EQ(a.valid_until, r.now + 7200 * RIG_S);
    CHECK_EQ(a.preferred_until, r.now + 10 * RIG_S);
    rig_close(&r);
}
