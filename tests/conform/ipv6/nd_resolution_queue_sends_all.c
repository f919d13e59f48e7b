/* RFC 4861 7.2.2: "Once address resolution completes, the node transmits any queued packets." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_resolution_queue_sends_all)
{
    static struct conform_packet p;
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    conform_echo(&r, conform_from(TN, NUT));
    rig_drain(&r);
    nd_send(&r, nd_from(TN, NUT), nd_na(TN));
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    conform_expect_silence(&r);
    rig_close(&r);
}
