/* RFC 4861 7.1.1: "If the IP source address is the unspecified address, the IP destination
 * address is a solicited-node multicast address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_unspecified_to_unicast)
{
    struct nd_msg m = nd_ns(NUT);
    struct rig r;

    conform_open_alone(&r);
    m.has_source_mac = false;
    nd_send(&r, nd_from(UNSPECIFIED, ALL_NODES), m);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_ND_SOURCE, 1);
    rig_close(&r);
}
