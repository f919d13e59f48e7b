/* RFC 4862 5.4.4: "If the target address is tentative, the tentative address is not unique." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_dad_conflict_by_advertisement)
{
    struct nd_msg m = nd_na(NOBODY);
    struct rig r;

    conform_open_alone(&r);
    nd_add_tentative(&r, NOBODY);
    m.solicited = false;
    nd_send(&r, nd_from(NOBODY, ALL_NODES), m);
    rig_wait(&r, 5 * RIG_S);
    CHECK_EQ(nd_flags(&r, NOBODY) & TARN_ADDRESS_DUPLICATE, TARN_ADDRESS_DUPLICATE);
    rig_close(&r);
}
