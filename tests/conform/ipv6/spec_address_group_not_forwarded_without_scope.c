/* RFC 4291 2.7: "Routers must not forward any multicast packets beyond of the scope indicated by
 * the scop field in the destination multicast address." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_address_group_not_forwarded_without_scope)
{
    uint8_t packet[200];
    struct rig r;

    spec_open_router(&r, 1500);
    conform_echo(&r, conform_from(TN, ALL_NODES));
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), 0);
    rig_close(&r);
}
