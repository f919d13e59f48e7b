/* RFC 7217 5: "It MUST be initialized to 0, and incremented by 1 for each new tentative address
 * that is configured as a result of a DAD conflict." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_stable_retry)
{
    struct tarn_address a, b;
    struct rig r;

    nd_open_host(&r);
    nd_send_prefix(&r, nd_link_prefix);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(nd_address_of(&r, nd_link_prefix.prefix, &a));
        nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), nd_unsolicited(a.prefix.ip));
        CHECK(nd_address_of(&r, nd_link_prefix.prefix, &b));
        CHECK(!tarn_ip_equal(&a.prefix.ip, &b.prefix.ip));
    }
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), nd_unsolicited(b.prefix.ip));
    CHECK_EQ(nd_flags(&r, b.prefix.ip) & TARN_ADDRESS_DUPLICATE, TARN_ADDRESS_DUPLICATE);
    rig_close(&r);
}
