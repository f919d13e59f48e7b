/* RFC 4861 7.3.3: "While in the PROBE state, a node retransmits Neighbor Solicitation messages
 * every RetransTimer milliseconds until reachability confirmation is obtained." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_nud_probes_every_second)
{
    struct rig r;

    conform_open_alone(&r);
    nd_make_probe(&r, TN);
    rig_drain(&r);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 900 * RIG_MS), 0);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 200 * RIG_MS), 1);
    nd_send(&r, nd_from(TN, NUT), nd_na(TN));
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_REACHABLE);
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 5 * RIG_S), 0);
    rig_close(&r);
}
