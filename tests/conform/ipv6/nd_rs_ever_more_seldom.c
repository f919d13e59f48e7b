/* RFC 8415 15: "RT for each subsequent message transmission is based on the previous value of
 * RT" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_rs_ever_more_seldom)
{
    struct rig r;

    nd_open_fresh(&r);
    rig_wait(&r, 15 * RIG_S);
    rig_drain(&r);
    /* About 8, 16, 32, 64 and 128 seconds apart. */
    CHECK(nd_count(&r, ICMP6_ROUTER_SOLICIT, 300 * RIG_S) >= 4);
    CHECK(nd_count(&r, ICMP6_ROUTER_SOLICIT, 300 * RIG_S) <= 2);
    rig_close(&r);
}
