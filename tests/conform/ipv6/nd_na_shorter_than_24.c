/* RFC 4861 7.1.2: "ICMP length (derived from the IP length) is 24 or more octets." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_na_shorter_than_24)
{
    struct nd_msg m = nd_na(TN);
    uint8_t message[64];
    struct rig r;

    conform_open_alone(&r);
    nd_make_incomplete(&r, TN);
    (void)nd_write(message, sizeof message, &m);
    nd_send_bytes(&r, nd_from(TN, NUT), message, 16);
    CHECK_EQ(nd_state(&r, TN), TARN_NEIGH_INCOMPLETE);
    rig_close(&r);
}
