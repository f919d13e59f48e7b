/* RFC 4861 7.2.2: "Retransmissions MUST be rate-limited to at most one solicitation per neighbor
 * every RetransTimer milliseconds." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_resolution_asks_every_second)
{
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 900 * RIG_MS), 1);
    conform_echo(&r, conform_from(TN, NUT));
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 0), 0);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 200 * RIG_MS), 1);
    rig_close(&r);
}
