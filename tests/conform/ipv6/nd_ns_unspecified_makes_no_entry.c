/* RFC 4861 7.2.3: "If the Source Address is the unspecified address, the node MUST NOT create or
 * update the Neighbor Cache entry." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_unspecified_makes_no_entry)
{
    struct nd_msg m = nd_ns(NUT);
    struct tarn_neigh n;
    uint32_t cursor = 0;
    struct rig r;

    conform_open_alone(&r);
    m.has_source_mac = false;
    nd_send(&r, nd_from(UNSPECIFIED, nd_group_of(NUT)), m);
    CHECK(!tarn_neigh_next(r.st, &cursor, &n));
    rig_close(&r);
}
