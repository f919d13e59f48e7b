/* RFC 4861 6.1.2: "The contents of the Reserved field, and of any unrecognized options, MUST be
 * ignored." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_unknown_option_ignored)
{
    struct rig r;

    nd_open_host(&r);
    nd_send_with(&r, nd_from(TN_LOCAL, ALL_NODES), nd_ra(), "\xfd\1\1\2\3\4\5\6", 8);
    CHECK(nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    rig_close(&r);
}
