/* RFC 6980 5: "Nodes MUST silently ignore the following Neighbor Discovery and SEcure Neighbor
 * Discovery messages if the packets carrying them include an IPv6 Fragmentation Header: Neighbor
 * Solicitation, Neighbor Advertisement, Router Solicitation, Router Advertisement, Redirect,
 * Certification Path Solicitation." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_fragmented)
{
    struct ip6_hdr h = nd_from(TN, nd_group_of(NUT));
    uint8_t packet[8 + 32] = {IP_PROTO_ICMP6, 0, 0, 0, 0, 0, 0, 9};
    struct nd_msg m = nd_ns(NUT);
    size_t n = nd_write(packet + 8, sizeof packet - 8, &m);
    struct rig r;

    conform_open_alone(&r);
    conform_sum(&h, packet + 8, n);
    h.next = IP6_FRAGMENT;
    conform_send_exact(&r, h, packet, n + 8);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    rig_close(&r);
}
