/* RFC 4861 7.3.3: "While reasserting a neighbor's reachability, a node continues sending packets
 * to that neighbor using the cached link-layer address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_nud_sends_while_probing)
{
    static struct conform_packet p;
    struct rig r;

    conform_open_alone(&r);
    nd_make_probe(&r, TN);
    rig_drain(&r);
    conform_echo(&r, conform_from(TN, NUT));
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_MEM(p.eth.dst, rig_peer_mac, 6);
    rig_close(&r);
}
