/* RFC 4291 2.5.2: "The unspecified address must not be used as the destination address of IPv6
 * packets or in IPv6 Routing headers." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_address_unspecified_destination)
{
    struct ip6_hdr h = conform_header((struct ip6_hdr){0}, IP_PROTO_ICMP6);
    struct rig r;

    conform_open(&r);
    memset(h.dst, 0, sizeof h.dst);
    conform_send_exact(&r, h, spec_ping_bytes(16), 16);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_ADDRESS, 1);
    rig_close(&r);
}
