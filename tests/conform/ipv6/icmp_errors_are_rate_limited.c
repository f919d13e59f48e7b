/* RFC 4443 2.4 (f): "Finally, in order to limit the bandwidth and forwarding costs incurred by
 * originating ICMPv6 error messages, an IPv6 node MUST limit the rate of ICMPv6 error messages it
 * originates." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_errors_are_rate_limited)
{
    static struct conform_packet p;
    unsigned answers = 0;
    struct rig r;

    conform_open(&r);
    conform_param(&r, "icmp.rate", 10);
    conform_param(&r, "icmp.burst", 5);
    for (unsigned i = 0; i < 100; i++) {
        conform_udp(&r, conform_from(TN, NUT), 9, 10);
        answers += conform_recv(&r, &p);
    }
    CHECK(answers >= 3 && answers <= 60);
    CHECK(answers + tarn_drop_count(r.st, DROP_ICMP_RATE) == 100);
    rig_wait(&r, 2 * RIG_S);
    conform_udp(&r, conform_from(TN, NUT), 9, 10);
    conform_expect(&r, &p, ICMP6_UNREACHABLE);
    rig_close(&r);
}
