/* RFC 4861 7.3.3: "If the entry is still in the DELAY state when the timer expires, the entry's
 * state changes to PROBE." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_nud_delay_becomes_probe)
{
    struct rig r;

    conform_open_alone(&r);
    nd_make_stale(&r, TN);
    conform_echo(&r, conform_from(TN, NUT));
    rig_wait(&r, 5 * RIG_S + RIG_MS);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_PROBE);
    rig_close(&r);
}
