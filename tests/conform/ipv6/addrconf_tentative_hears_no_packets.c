/* RFC 4862 5.4: "Other packets addressed to the tentative address should be silently discarded." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_tentative_hears_no_packets)
{
    static struct conform_packet p;
    struct rig r;

    conform_open(&r);
    nd_add_tentative(&r, NOBODY);
    rig_drain(&r);
    conform_echo(&r, conform_from(TN, NOBODY));
    conform_expect_silence(&r);
    rig_wait(&r, 5 * RIG_S);
    rig_drain(&r);
    conform_echo(&r, conform_from(TN, NOBODY));
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    rig_close(&r);
}
