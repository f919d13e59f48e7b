/* RFC 4291 2.7: "Interface-Local scope spans only a single interface on a node and is useful only
 * for loopback transmission of multicast." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_address_group_of_scope_1_from_link)
{
    static const struct tarn_ip group = {{0xff, 1, [15] = 1}};
    struct rig r;

    conform_open(&r);
    conform_echo(&r, conform_from(TN, group));
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_ADDRESS, 1);
    rig_close(&r);
}
