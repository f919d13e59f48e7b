/* RFC 4862 5.5.4: "A preferred address becomes deprecated when its preferred lifetime expires." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_deprecated)
{
    static struct conform_packet p;
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    prefix.preferred_s = 10;
    nd_send_prefix(&r, prefix);
    CHECK(nd_address_of(&r, prefix.prefix, &a));
    rig_wait(&r, 9 * RIG_S);
    CHECK_EQ(nd_flags(&r, a.prefix.ip) & TARN_ADDRESS_DEPRECATED, 0);
    rig_wait(&r, 2 * RIG_S);
    CHECK_EQ(nd_flags(&r, a.prefix.ip) & TARN_ADDRESS_DEPRECATED, TARN_ADDRESS_DEPRECATED);
    rig_drain(&r);
    conform_neighbour(&r, TN_LOCAL);
    conform_echo(&r, conform_from(FAR, a.prefix.ip));
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    rig_close(&r);
}
