/* RFC 4862 5.3: "A node forms a link-local address whenever an interface becomes enabled." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_link_local_formed)
{
    static const uint8_t near[16] = {0xfe, 0x80};
    struct tarn_address a;
    struct rig r;

    nd_open_fresh(&r);
    CHECK(nd_address_of(&r, near, &a));
    CHECK_EQ(a.prefix.len, 64);
    CHECK_EQ(a.flags & TARN_ADDRESS_TENTATIVE, TARN_ADDRESS_TENTATIVE);
    rig_wait(&r, 3 * RIG_S);
    CHECK_EQ(nd_flags(&r, a.prefix.ip), 0);
    rig_close(&r);
}
