/* RFC 4862 5.4.5: "A tentative address that is determined to be a duplicate as described above MUST
 * NOT be assigned to an interface". Who has it is a neighbour like any other, and is answered. */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_from_who_has_the_duplicate)
{
    static struct conform_packet p;
    struct nd_msg m = nd_na(NOBODY);
    struct rig r;

    conform_open(&r);
    nd_add_tentative(&r, NOBODY);
    m.solicited = false;
    nd_send(&r, nd_from(NOBODY, ALL_NODES), m);
    CHECK_EQ(nd_flags(&r, NOBODY) & TARN_ADDRESS_DUPLICATE, TARN_ADDRESS_DUPLICATE);
    rig_drain(&r);
    nd_send(&r, nd_from(NOBODY, nd_group_of(NUT)), nd_ns(NUT));
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    rig_close(&r);
}
