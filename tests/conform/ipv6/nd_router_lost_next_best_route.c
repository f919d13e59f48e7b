/* RFC 4191 3.2: "If the best route points to a non-reachable router, this router is remembered for
 * the algorithm described in Section 3.5 below, and the next best route is consulted." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_router_lost_next_best_route)
{
    /* A route of RFC 4191 to 2001:db8:f::/48, where FAR is. */
    static const uint8_t specific[16] = {24, 2, 48, 0, 0, 0, 0x7, 8, 0x20, 1, 0xd, 0xb8, 0, 0xf};
    struct nd_msg first = nd_ra(), second = nd_ra();
    struct rig r;

    nd_open_host(&r);
    first.lifetime_s = 0;
    nd_send_with(&r, nd_from(TN_LOCAL, ALL_NODES), first, specific, sizeof specific);
    memcpy(second.source_mac, nd_other_mac, 6);
    nd_send(&r, nd_from(R2_LOCAL, ALL_NODES), second);
    rig_drain(&r);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_wait(&r, 15 * RIG_S);
    rig_drain(&r);
    nd_expect_way(&r, FAR, nd_other_mac);
    rig_close(&r);
}
