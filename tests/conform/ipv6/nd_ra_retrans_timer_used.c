/* RFC 4861 6.3.4: "The RetransTimer variable SHOULD be copied from the Retrans Timer field, if
 * the received value is non-zero." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_retrans_timer_used)
{
    struct nd_msg m = nd_ra();
    struct rig r;

    nd_open_host(&r);
    m.retrans_ms = 5000;
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    nd_make_incomplete(&r, TN);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 4800 * RIG_MS), 1);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 400 * RIG_MS), 1);
    rig_close(&r);
}
