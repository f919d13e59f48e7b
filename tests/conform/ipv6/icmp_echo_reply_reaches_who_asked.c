/* RFC 4443 4.2: "Echo Reply messages MUST be passed to the process that originated an Echo
 * Request message." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_echo_reply_reaches_who_asked)
{
    static struct conform_packet p;
    struct tarn_addr peer = {.ip = TN};
    uint8_t ping[ICMP6_HEADER_BYTES] = {ICMP6_ECHO, 0, 0, 0, 0, 0, 0, 5}, answer[64];
    struct icmp6_hdr m;
    struct rig r;
    tarn_sock s;

    conform_open(&r);
    CHECK_EQ(tarn_open(r.st, TARN_INET6, TARN_DGRAM, TARN_IPPROTO_ICMPV6, 0, &s), 0);
    CHECK_EQ(tarn_connect(r.st, s, &peer, r.now), 0);
    CHECK_EQ(tarn_send(r.st, s, ping, sizeof ping, r.now), sizeof ping);
    m = conform_expect(&r, &p, ICMP6_ECHO);
    m.type = ICMP6_ECHO_REPLY;
    conform_icmp(&r, conform_from(TN, NUT), m, "pong", 4);
    CHECK_EQ(tarn_recv(r.st, s, answer, sizeof answer, r.now), ICMP6_HEADER_BYTES + 4);
    CHECK_MEM(answer + ICMP6_HEADER_BYTES, "pong", 4);
    m.id ^= 1;
    conform_icmp(&r, conform_from(TN, NUT), m, "pong", 4);
    CHECK_EQ(tarn_recv(r.st, s, answer, sizeof answer, r.now), -TARN_EAGAIN);
    rig_close(&r);
}
