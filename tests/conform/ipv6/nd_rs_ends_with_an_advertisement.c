/* RFC 4861 6.3.7: "Once the host sends a Router Solicitation, and receives a valid Router
 * Advertisement with a non-zero Router Lifetime, the host MUST desist from sending additional
 * solicitations on that interface, until the next time one of the above events occurs." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_rs_ends_with_an_advertisement)
{
    struct rig r;

    nd_open_fresh(&r);
    while (nd_count(&r, ICMP6_ROUTER_SOLICIT, 0) == 0)
        rig_wait(&r, 100 * RIG_MS);
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), nd_ra());
    CHECK_EQ(nd_count(&r, ICMP6_ROUTER_SOLICIT, 60 * RIG_S), 0);
    rig_close(&r);
}
