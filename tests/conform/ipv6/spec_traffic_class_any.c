/* RFC 8200 7: "The value of the Traffic Class bits in a received packet or fragment might be
 * different from the value sent by the packet's source." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_traffic_class_any)
{
    struct rig r;

    conform_open(&r);
    conform_echo(&r, (struct ip6_hdr){.tclass = 0x20});
    spec_expect_reply(&r);
    rig_close(&r);
}
