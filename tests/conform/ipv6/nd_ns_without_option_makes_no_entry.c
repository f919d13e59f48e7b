/* RFC 4861 7.2: "These messages MUST NOT create or update neighbor cache entries, except with
 * respect to the IsRouter flag as specified in Sections 6.3.4 and 7.2.5." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_without_option_makes_no_entry)
{
    struct nd_msg m = nd_ns(NUT);
    struct rig r;

    conform_open_alone(&r);
    nd_make_stale(&r, TN);
    m.has_source_mac = false;
    nd_send(&r, nd_from(TN, NUT), m);
    nd_expect_mac(&r, TN, rig_peer_mac);
    nd_send(&r, nd_from(TN_LOCAL, NUT), m);
    CHECK_EQ(nd_state(&r, TN_LOCAL), TARN_NEIGH_INCOMPLETE);
    rig_close(&r);
}
