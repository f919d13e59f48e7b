/* RFC 4443 3.4: "If an IPv6 node processing a packet finds a problem with a field in the IPv6
 * header or extension headers such that it cannot complete processing the packet, it MUST discard
 * the packet and SHOULD originate an ICMPv6 Parameter Problem message to the packet's source,
 * indicating the type and location of the problem." */
#include "tests/conform/rig.h"

TEST(conform_ipv6, icmp_bad_field_is_pointed_at)
{
    static const uint8_t fragment[8 + 9] = {IP_PROTO_UDP, 0, 0, 1, 0, 0, 0, 7};
    static struct conform_packet p;
    struct ip6_hdr h = conform_from(TN, NUT);
    struct icmp6_hdr m;
    struct rig r;

    h.next = IP6_FRAGMENT; /* more follow, but this one is no multiple of 8 bytes */
    conform_open(&r);
    conform_send(&r, h, fragment, sizeof fragment);
    m = conform_expect(&r, &p, ICMP6_PARAMETER_PROBLEM);
    CHECK_EQ(m.code, ICMP6_BAD_FIELD);
    CHECK_EQ(m.info, 4);
    rig_close(&r);
}
