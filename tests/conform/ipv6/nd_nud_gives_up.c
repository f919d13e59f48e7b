/* RFC 4861 7.3.3: "Subsequent traffic to that neighbor will recreate the entry and perform
 * address resolution again." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_nud_gives_up)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_make_probe(&r, TN);
    rig_drain(&r);
    rig_wait(&r, 8 * RIG_S);
    rig_drain(&r);
    conform_echo(&r, conform_from(TN, NUT));
    nd_expect(&r, &p, ICMP6_NEIGH_SOLICIT, &m);
    CHECK_EQ(p.ip.dst[0], 0xff);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_INCOMPLETE);
    rig_close(&r);
}
