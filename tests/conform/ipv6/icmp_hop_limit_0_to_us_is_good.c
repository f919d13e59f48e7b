/* RFC 8200 3: "When forwarding, the packet is discarded if Hop Limit was zero when received or is
 * decremented to zero. A node that is the destination of a packet should not discard a packet
 * with Hop Limit equal to zero; it should process the packet normally." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_hop_limit_0_to_us_is_good)
{
    static struct conform_packet p;
    struct ip6_hdr h = conform_header(conform_from(TN, NUT), IP_PROTO_ICMP6);
    struct icmp6_hdr m = {.type = ICMP6_ECHO};
    uint8_t message[ICMP6_HEADER_BYTES];
    struct rig r;

    h.hops = 0;
    conform_open(&r);
    icmp6_build(message, &m, 0);
    conform_sum(&h, message, sizeof message);
    conform_send_exact(&r, h, message, sizeof message);
    conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    rig_close(&r);
}
