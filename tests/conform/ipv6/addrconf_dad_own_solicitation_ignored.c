/* RFC 4862 5.4.3: "If the solicitation is from the node itself (because the node loops back
 * multicast packets), the solicitation does not indicate the presence of a duplicate address." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_dad_own_solicitation_ignored)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open_alone(&r);
    nd_add_tentative(&r, NOBODY);
    rig_wait(&r, RIG_S + RIG_MS);
    nd_expect(&r, &p, ICMP6_NEIGH_SOLICIT, &m);
    CHECK(m.has_nonce);
    nd_send(&r, nd_from(UNSPECIFIED, nd_group_of(NOBODY)), m);
    rig_wait(&r, 5 * RIG_S);
    CHECK_EQ(nd_flags(&r, NOBODY), 0);
    rig_close(&r);
}
