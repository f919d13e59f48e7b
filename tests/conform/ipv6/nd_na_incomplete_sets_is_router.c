/* RFC 4861 7.2.5: "It sets the IsRouter flag in the cache entry based on the Router flag in the
 * received advertisement." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_incomplete_sets_is_router)
{
    struct nd_msg m = nd_na(TN);
    struct tarn_neigh n;
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    m.router = true;
    nd_send(&r, nd_from(TN, NUT), m);
    CHECK(nd_entry(&r, TN, &n));
    CHECK(n.router);
    rig_close(&r);
}
