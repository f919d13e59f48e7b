/* RFC 4862 5.5.4: "An invalid address MUST NOT be used as a source address in outgoing
 * communications and MUST NOT be recognized as a destination on a receiving interface." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_invalid)
{
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    conform_neighbour(&r, TN_LOCAL);
    prefix.valid_s = prefix.preferred_s = 20;
    nd_send_prefix(&r, prefix);
    CHECK(nd_address_of(&r, prefix.prefix, &a));
    rig_wait(&r, 21 * RIG_S);
    CHECK_EQ(nd_flags(&r, a.prefix.ip), -1);
    rig_drain(&r);
    conform_echo(&r, conform_from(FAR, a.prefix.ip));
    conform_expect_silence(&r);
    rig_close(&r);
}
