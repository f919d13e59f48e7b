/* RFC 4862 5.5.3: "If the received Valid Lifetime is greater than 2 hours or greater than
 * RemainingLifetime, set the valid lifetime of the corresponding address to the advertised Valid
 * Lifetime." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_prefix_longer_life_is_taken)
{
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    prefix.valid_s = prefix.preferred_s = 100;
    nd_send_prefix(&r, prefix);
    prefix.valid_s = 200;
    nd_send_prefix(&r, prefix);
    CHECK(nd_address_of(&r, prefix.prefix, &a));
    CHECK_EQ(a.valid_until, r.now + 200 * RIG_S);
    prefix.valid_s = 7201;
    nd_send_prefix(&r, prefix);
    CHECK(nd_address_of(&r, prefix.prefix, &a));
    CHECK_EQ(a.valid_until, r.now + 7201 * RIG_S);
    rig_close(&r);
}
