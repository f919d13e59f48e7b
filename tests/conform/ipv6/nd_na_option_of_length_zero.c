/* RFC 4861 7.1.2: "All included options have a length that is greater than zero." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_option_of_length_zero)
{
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    nd_send_with(&r, nd_from(TN, NUT), nd_na(TN), "\xfd\0\0\0\0\0\0\0", 8);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_INCOMPLETE);
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    rig_close(&r);
}
