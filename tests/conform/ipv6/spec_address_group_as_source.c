/* RFC 4291 2.7: "Multicast addresses must not be used as source addresses in IPv6 packets or appear
 * in any Routing header." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_address_group_as_source)
{
    struct rig r;

    conform_open(&r);
    conform_echo(&r, conform_from(ALL_NODES, NUT));
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_ADDRESS, 1);
    rig_close(&r);
}
