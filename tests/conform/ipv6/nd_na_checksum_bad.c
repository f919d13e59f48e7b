/* RFC 4861 7.1.2: "ICMP Checksum is valid." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_checksum_bad)
{
    struct nd_msg m = nd_na(TN);
    uint8_t message[64];
    size_t n = nd_write(message, sizeof message, &m);
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    store_be16(message + 2, 0x1234);
    conform_send_exact(&r, nd_from(TN, NUT), message, n);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_INCOMPLETE);
    rig_close(&r);
}
