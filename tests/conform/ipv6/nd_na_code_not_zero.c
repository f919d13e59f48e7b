/* RFC 4861 7.1.2: "ICMP Code is 0." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_code_not_zero)
{
    struct nd_msg m = nd_na(TN);
    uint8_t message[64];
    size_t n = nd_write(message, sizeof message, &m);
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    message[1] = 1;
    nd_send_bytes(&r, nd_from(TN, NUT), message, n);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_INCOMPLETE);
    rig_close(&r);
}
