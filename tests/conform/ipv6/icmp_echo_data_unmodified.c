/* RFC 4443 4.2: "The data received in the ICMPv6 Echo Request message MUST be returned entirely and
 * unmodified in the ICMPv6 Echo Reply message." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_echo_data_unmodified)
{
    static uint8_t data[1400];
    static struct conform_packet p;
    struct icmp6_hdr m = {.type = ICMP6_ECHO, .id = 7, .seq = 9};
    struct rig r;

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    conform_open(&r);
    conform_icmp(&r, (struct ip6_hdr){0}, m, data, sizeof data);
    m = conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_EQ(m.id, 7);
    CHECK_EQ(m.seq, 9);
    CHECK_EQ(p.n, ICMP6_HEADER_BYTES + sizeof data);
    CHECK_MEM(p.at + ICMP6_HEADER_BYTES, data, sizeof data);
    rig_close(&r);
}
