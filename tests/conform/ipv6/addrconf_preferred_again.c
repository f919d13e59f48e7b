/* RFC 4862 5.5.3: "the preferred lifetime of the address is reset to the Preferred Lifetime in
 * the received advertisement." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_preferred_again)
{
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    prefix.preferred_s = 0;
    nd_send_prefix(&r, prefix);
    CHECK(nd_address_of(&r, prefix.prefix, &a));
    rig_wait(&r, 5 * RIG_S);
    CHECK_EQ(nd_flags(&r, a.prefix.ip) & TARN_ADDRESS_DEPRECATED, TARN_ADDRESS_DEPRECATED);
    prefix.preferred_s = 100;
    nd_send_prefix(&r, prefix);
    CHECK_EQ(nd_flags(&r, a.prefix.ip) & TARN_ADDRESS_DEPRECATED, 0);
    rig_close(&r);
}
