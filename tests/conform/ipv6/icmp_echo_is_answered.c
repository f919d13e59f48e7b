/* RFC 4443 4.2: "Every node MUST implement an ICMPv6 Echo responder function that receives Echo
 * Requests and originates corresponding Echo Replies." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_echo_is_answered)
{
    static struct conform_packet p;
    struct icmp6_hdr m;
    struct rig r;

    conform_open(&r);
    conform_echo(&r, conform_from(TN_LOCAL, NUT_LOCAL));
    m = conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_EQ(m.id, 0x7a57);
    CHECK_EQ(m.seq, 1);
    CHECK_MEM(p.ip.dst, TN_LOCAL.b, 16);
    conform_echo(&r, conform_from(FAR, NUT));
    conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_MEM(p.ip.dst, FAR.b, 16);
    CHECK_MEM(p.eth.dst, rig_peer_mac, 6);
    rig_close(&r);
}
