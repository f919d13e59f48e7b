/* RFC 4861 6.3.7: "To obtain Router Advertisements quickly, a host SHOULD transmit up to
 * MAX_RTR_SOLICITATIONS Router Solicitation messages, each separated by at least
 * RTR_SOLICITATION_INTERVAL seconds." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_rs_three_times)
{
    struct rig r;

    nd_open_fresh(&r);
    while (nd_count(&r, ICMP6_ROUTER_SOLICIT, 0) == 0)
        rig_wait(&r, 100 * RIG_MS);
    CHECK_EQ(nd_count(&r, ICMP6_ROUTER_SOLICIT, 3800 * RIG_MS), 0);
    CHECK_EQ(nd_count(&r, ICMP6_ROUTER_SOLICIT, 400 * RIG_MS), 1);
    CHECK_EQ(nd_count(&r, ICMP6_ROUTER_SOLICIT, 3600 * RIG_MS), 0);
    CHECK_EQ(nd_count(&r, ICMP6_ROUTER_SOLICIT, 400 * RIG_MS), 1);
    rig_close(&r);
}
