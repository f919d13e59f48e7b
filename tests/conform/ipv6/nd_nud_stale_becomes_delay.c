/* RFC 4861 7.3.3: "The first time a node sends a packet to a neighbor whose entry is STALE, the
 * sender changes the state to DELAY and sets a timer to expire in DELAY_FIRST_PROBE_TIME
 * seconds." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_nud_stale_becomes_delay)
{
    static struct conform_packet p;
    struct rig r;

    conform_open_alone(&r);
    nd_make_stale(&r, TN);
    conform_echo(&r, conform_from(TN, NUT));
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_MEM(p.eth.dst, rig_peer_mac, 6);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_DELAY);
    rig_wait(&r, 4900 * RIG_MS);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_DELAY);
    rig_close(&r);
}
