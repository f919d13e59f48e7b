/* RFC 4861 7.3.3: "If no traffic is sent to a neighbor, no probes are sent." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_nud_silent_without_traffic)
{
    struct rig r;

    conform_open_alone(&r);
    nd_make_stale(&r, TN);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 120 * RIG_S), 0);
    rig_close(&r);
}
