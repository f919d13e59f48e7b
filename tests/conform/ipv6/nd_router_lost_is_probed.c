/* RFC 4191 3.5: "When a host avoids using any non-reachable router X and instead sends a data
 * packet to another router Y, and the host would have used router X if router X were reachable,
 * then the host SHOULD probe each such router X's reachability by sending a single Neighbor
 * Solicitation to that router's address. A host MUST NOT probe a router's reachability in the
 * absence of useful traffic that the host would have sent to the router if it were reachable. In
 * any case, these probes MUST be rate-limited to no more than one per minute per router." */
#include "tests/conform/nd.h"

/* The node sends to FAR for so many seconds; how often does it ask for TN_LOCAL? */
static unsigned asked_in(struct rig *r, bool traffic, unsigned seconds)
{
    static struct conform_packet p;
    unsigned n = 0;
    struct nd_msg m;

    for (unsigned i = 0; i < seconds; i++) {
        if (traffic)
            conform_echo(r, conform_from(FAR, NUT));
        while (conform_recv(r, &p))
            n += p.n > 0 && p.at[0] == ICMP6_NEIGH_SOLICIT && nd_parse(&m, p.at, p.n) == WIRE_OK &&
                 memcmp(m.target, TN_LOCAL.b, 16) == 0;
        rig_wait(r, RIG_S);
    }
    return n;
}

/* The same while it sends to a group, which no router is asked for. */
static unsigned asked_for_group(struct rig *r, unsigned seconds)
{
    tarn_sock s = conform_socket(r, TARN_DGRAM, (struct tarn_ip){{0xff, 5, [15] = 99}});
    unsigned n = 0;

    for (unsigned i = 0; i < seconds; i++) {
        CHECK_EQ(tarn_send(r->st, s, "x", 1, r->now), 1);
        n += asked_in(r, false, 1);
    }
    return n;
}

TEST(conform_ipv6, nd_router_lost_is_probed)
{
    struct nd_msg second = nd_ra();
    struct rig r;

    nd_open_routed(&r);
    memcpy(second.source_mac, nd_other_mac, 6);
    second.preference = TARN_ROUTE_LOW;
    nd_send(&r, nd_from(R2_LOCAL, ALL_NODES), second);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_wait(&r, 15 * RIG_S);
    rig_drain(&r);
    conform_neighbour(&r, R2_LOCAL);
    CHECK_EQ(asked_in(&r, false, 300), 0);
    CHECK_EQ(asked_for_group(&r, 120), 0);
    CHECK_EQ(asked_in(&r, true, 1), 1);
    CHECK_EQ(asked_in(&r, true, 59), 0);
    CHECK_EQ(asked_in(&r, true, 180), 3);
    CHECK_EQ(asked_in(&r, false, 300), 0);
    nd_send(&r, nd_from(R2_LOCAL, ALL_NODES), second);
    conform_echo(&r, conform_from(FAR, NUT));
    nd_send(&r, nd_from(TN_LOCAL, NUT), nd_na(TN_LOCAL));
    rig_drain(&r);
    nd_expect_way(&r, FAR, rig_peer_mac);
    rig_close(&r);
}
