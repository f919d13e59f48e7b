/* RFC 4291 2.5.6: "Routers must not forward any packets with Link-Local source or destination
 * addresses to other links." */
#include "tests/conform/spec.h"

TEST(conform_ipv6, spec_address_link_local_destination_not_forwarded)
{
    static const struct tarn_ip nobody = CONFORM_LOCAL(0x77);
    uint8_t packet[200];
    struct rig r;

    spec_open_router(&r, 1500);
    conform_echo(&r, conform_from(TN, nobody));
    CHECK_EQ(spec_forwarded(&r, packet, sizeof packet), 0);
    conform_expect_silence(&r);
    rig_close(&r);
}
