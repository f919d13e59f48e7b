/* RFC 4291 2.7: "Nodes must not originate a packet to a multicast address whose scop field contains
 * the reserved value 0; if such a packet is received, it must be silently dropped." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_address_group_of_scope_0)
{
    static const struct tarn_ip group = {{0xff, 0, [15] = 1}};
    struct rig r;

    conform_open(&r);
    conform_echo(&r, conform_from(TN, group));
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_ADDRESS, 1);
    rig_close(&r);
}
