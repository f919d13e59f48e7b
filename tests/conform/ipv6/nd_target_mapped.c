/* RFC 4291 2.5.5.2: "This address type is used to represent the addresses of IPv4 nodes as IPv6
 * addresses." On no link of IPv6 is there a neighbour with one, so neighbour discovery says nothing
 * of those that ARP knows. */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_target_mapped)
{
    struct tarn_ip ours, peer = tarn_ip4(RIG_PEER_IP);
    struct tarn_neigh n = {.port = RIG_PORT, .ip = peer, .state = TARN_NEIGH_REACHABLE};
    struct nd_msg m = nd_na(peer);
    struct rig r;

    conform_open(&r);
    ours = tarn_ip4(r.ip);
    memcpy(n.mac, rig_peer_mac, 6);
    CHECK_EQ(tarn_neigh_set(r.st, &n, r.now, NULL), 0);
    nd_send(&r, nd_from(TN, NUT), nd_ns(ours));
    conform_expect_silence(&r);
    memcpy(m.target_mac, nd_other_mac, 6);
    nd_send(&r, nd_from(TN, NUT), m);
    nd_expect_mac(&r, peer, rig_peer_mac);
    conform_param(&r, "ip.accept-redirects", 1);
    nd_send(&r, nd_from(TN_LOCAL, NUT), nd_redirect(tarn_ip4(0x0b000001), peer));
    conform_expect_dropped(&r, DROP_ND_FORM, 3);
    rig_close(&r);
}
