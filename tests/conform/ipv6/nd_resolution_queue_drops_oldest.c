/* RFC 4861 7.2.2: "When a queue overflows, the new arrival SHOULD replace the oldest entry." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_resolution_queue_drops_oldest)
{
    static struct conform_packet p;
    struct rig r;

    conform_open_alone(&r);
    conform_param(&r, "neigh.queue", 1);
    conform_echo(&r, conform_from(TN, NUT));
    conform_echo(&r, conform_from(TN, NUT_LOCAL));
    rig_drain(&r);
    nd_send(&r, nd_from(TN, NUT), nd_na(TN));
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_MEM(p.ip.src, NUT_LOCAL.b, 16);
    conform_expect_silence(&r);
    rig_close(&r);
}
