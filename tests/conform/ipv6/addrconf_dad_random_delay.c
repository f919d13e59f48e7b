/* RFC 4862 5.4.2: "the node SHOULD delay joining the solicited-node multicast address by a
 * random delay between 0 and MAX_RTR_SOLICITATION_DELAY" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_dad_random_delay)
{
    tarn_ns delay[2], begun;
    struct rig r;

    conform_open_alone(&r);
    for (unsigned i = 0; i < 2; i++) {
        struct tarn_ip ip = CONFORM_GLOBAL((uint8_t)(0x40 + i));

        begun = r.now;
        nd_add_tentative(&r, ip);
        while (nd_count(&r, ICMP6_NEIGH_SOLICIT, 0) == 0)
            rig_wait(&r, RIG_MS);
        delay[i] = r.now - begun;
        CHECK(delay[i] <= RIG_S + RIG_MS);
    }
    CHECK(delay[0] != delay[1]);
    rig_close(&r);
}
