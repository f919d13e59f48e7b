/* RFC 4861 6.1.2: "All included options have a length that is greater than zero." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_option_of_length_zero)
{
    struct rig r;

    nd_open_host(&r);
    nd_send_with(&r, nd_from(TN_LOCAL, ALL_NODES), nd_ra(), "\xfd\0\0\0\0\0\0\0", 8);
    CHECK(!nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    rig_close(&r);
}
