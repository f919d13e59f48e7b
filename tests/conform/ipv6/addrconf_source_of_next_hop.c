/* RFC 6724 5 rule 5.5: "If SA or SA's prefix is assigned by the selected next-hop that will be used
 * to send to D and SB or SB's prefix is assigned by a different next-hop, then prefer SA." */
#include "tests/conform/nd.h"

static void advertise(struct rig *r, struct tarn_ip router, const uint8_t mac[6],
                      uint8_t preference, uint8_t net)
{
    struct nd_prefix p = nd_link_prefix;
    struct nd_msg m = nd_ra();
    uint8_t option[32];
    struct writer w = wr_init(option, sizeof option);

    p.prefix[5] = net;
    m.preference = preference;
    memcpy(m.source_mac, mac, 6);
    nd_put_prefix(&w, &p);
    nd_send_with(r, nd_from(router, ALL_NODES), m, option, sizeof option);
}

/* The subnet that the node's packets to FAR come from. */
static unsigned source_net(struct rig *r)
{
    struct tarn_route way;

    CHECK_EQ(tarn_route_find(r->st, &FAR, &UNSPECIFIED, 0, &way), 0);
    return way.source.b[5];
}

TEST(conform_ipv6, addrconf_source_of_next_hop)
{
    struct rig r;

    rig_open(&r, 1);
    conform_address(&r, NUT_LOCAL);
    conform_param(&r, "ip6.autoconf", 1);
    rig_wait(&r, 30 * RIG_S);
    rig_drain(&r);
    for (unsigned turn = 0; turn < 2; turn++) {
        advertise(&r, TN_LOCAL, rig_peer_mac, turn == 0 ? TARN_ROUTE_HIGH : TARN_ROUTE_LOW, 1);
        advertise(&r, R2_LOCAL, nd_other_mac, TARN_ROUTE_MEDIUM, 2);
        rig_wait(&r, 5 * RIG_S);
        rig_drain(&r);
        CHECK_EQ(source_net(&r), turn == 0 ? 1u : 2u);
    }
    rig_close(&r);
}
