/* RFC 4861 7.1.1: "All included options have a length that is greater than zero." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_option_of_length_zero)
{
    struct rig r;

    conform_open_alone(&r);
    nd_send_with(&r, nd_from(TN, nd_group_of(NUT)), nd_ns(NUT), "\xfd\0\0\0\0\0\0\0", 8);
    conform_expect_silence(&r);
    CHECK_EQ(nd_state(&r, TN), 0);
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    rig_close(&r);
}
