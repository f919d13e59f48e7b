/* RFC 4861 7.1.2: "Target Address is not a multicast address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_target_multicast)
{
    struct rig r;

    conform_open_alone(&r);
    nd_send(&r, nd_from(TN, NUT), nd_na(ALL_NODES));
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    rig_close(&r);
}
