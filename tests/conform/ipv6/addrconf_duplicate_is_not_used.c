/* RFC 4862 5.4.5: "A tentative address that is determined to be a duplicate as described above
 * MUST NOT be assigned to an interface, and the node SHOULD log a system management error." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_duplicate_is_not_used)
{
    struct nd_msg m = nd_na(NOBODY);
    struct rig r;

    conform_open(&r);
    nd_add_tentative(&r, NOBODY);
    m.solicited = false;
    nd_send(&r, nd_from(NOBODY, ALL_NODES), m);
    rig_wait(&r, 5 * RIG_S);
    rig_drain(&r);
    conform_echo(&r, conform_from(TN, NOBODY));
    conform_expect_silence(&r);
    nd_send(&r, nd_from(TN, nd_group_of(NOBODY)), nd_ns(NOBODY));
    conform_expect_silence(&r);
    rig_close(&r);
}
