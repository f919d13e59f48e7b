/* RFC 4861 6.3.6: "When no routers on the list are known to be reachable or probably reachable,
 * routers SHOULD be selected in a round-robin fashion, so that subsequent requests for a default
 * router do not return the same router until all other routers have been selected." */
#include "tests/conform/nd.h"

/* Whom does the node ask for now, or send its answer to FAR: the second router? */
static bool is_second(struct rig *r)
{
    static struct conform_packet p;
    struct nd_msg m;

    conform_echo(r, conform_from(FAR, NUT));
    while (conform_recv(r, &p)) {
        if (p.n > 0 && p.at[0] == ICMP6_ECHO_REPLY)
            return memcmp(p.eth.dst, nd_other_mac, 6) == 0;
        if (p.n > 0 && p.at[0] == ICMP6_NEIGH_SOLICIT && nd_parse(&m, p.at, p.n) == WIRE_OK)
            return memcmp(m.target, R2_LOCAL.b, 16) == 0;
    }
    test_fail(__FILE__, __LINE__, "the node is silent");
}

TEST(conform_ipv6, nd_router_round_robin)
{
    struct nd_msg second = nd_ra();
    bool before, now;
    struct rig r;

    nd_open_routed(&r);
    memcpy(second.source_mac, nd_other_mac, 6);
    second.preference = TARN_ROUTE_LOW;
    nd_send(&r, nd_from(R2_LOCAL, ALL_NODES), second);
    before = is_second(&r);
    CHECK(!before);
    for (unsigned i = 0; i < 4; i++) {
        rig_wait(&r, 15 * RIG_S);
        rig_drain(&r);
        now = is_second(&r);
        CHECK_EQ(now, !before);
        before = now;
    }
    rig_close(&r);
}
