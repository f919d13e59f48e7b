/* RFC 8200 5: "A node must be able to accept a fragmented packet that, after reassembly, is as
 * large as 1500 octets." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_echo_of_1500_bytes)
{
    enum { PART = 728 }; /* two of them and the headers are 1500 bytes */
    static uint8_t message[2 * PART], fragment[8 + PART];
    static struct conform_packet p;
    struct ip6_hdr h = conform_header(conform_from(TN, NUT), IP6_FRAGMENT);
    struct icmp6_hdr m = {.type = ICMP6_ECHO};
    struct rig r;

    conform_open(&r);
    icmp6_build(message, &m, 0);
    conform_sum(&h, message, sizeof message);
    for (unsigned i = 0; i < 2; i++) {
        memcpy(fragment, (uint8_t[8]){IP_PROTO_ICMP6, 0, 0, 0, 0, 0, 0, 9}, 8);
        store_be16(fragment + 2, (uint16_t)(i * PART | (i == 0)));
        memcpy(fragment + 8, message + (size_t)i * PART, PART);
        conform_send_exact(&r, h, fragment, sizeof fragment);
    }
    conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_EQ(p.n, sizeof message);
    rig_close(&r);
}
