/* RFC 4291 2.5.3: "A packet received on an interface with a destination address of loopback must be
 * dropped." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_address_loopback_from_link)
{
    static const struct tarn_ip loopback = {{[15] = 1}};
    struct rig r;

    conform_open(&r);
    conform_echo(&r, conform_from(TN, loopback));
    conform_echo(&r, conform_from(loopback, NUT));
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_ADDRESS, 2);
    rig_close(&r);
}
