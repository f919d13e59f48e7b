/* RFC 4861 7.1.1: "If the IP source address is the unspecified address, there is no source link-
 * layer address option in the message." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_unspecified_with_link_address)
{
    struct rig r;

    conform_open_alone(&r);
    nd_send(&r, nd_from(UNSPECIFIED, nd_group_of(NUT)), nd_ns(NUT));
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_ND_SOURCE, 1);
    rig_close(&r);
}
