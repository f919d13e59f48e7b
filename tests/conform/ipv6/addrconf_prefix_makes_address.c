/* RFC 4862 5.5.3: "form an address (and add it to the list) by combining the advertised prefix
 * with an interface identifier of the link as follows" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_prefix_makes_address)
{
    struct nd_prefix prefix = nd_link_prefix;
    struct tarn_address a;
    struct rig r;

    nd_open_host(&r);
    nd_send_prefix(&r, prefix);
    CHECK(nd_address_of(&r, prefix.prefix, &a));
    CHECK_EQ(a.origin, TARN_ORIGIN_RA);
    CHECK_EQ(a.valid_until, r.now + 86400 * RIG_S);
    CHECK_EQ(a.preferred_until, r.now + 14400 * RIG_S);
    rig_wait(&r, 3 * RIG_S);
    rig_drain(&r);
    conform_neighbour(&r, TN);
    conform_echo(&r, conform_from(TN, a.prefix.ip));
    CHECK_EQ(nd_count(&r, ICMP6_NEIGH_SOLICIT, 0), 0);
    CHECK(nd_flags(&r, a.prefix.ip) >= 0);
    CHECK_EQ(nd_flags(&r, a.prefix.ip) & TARN_ADDRESS_TENTATIVE, 0);
    rig_close(&r);
}
