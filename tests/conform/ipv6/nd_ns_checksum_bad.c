/* RFC 4861 7.1.1: "ICMP Checksum is valid." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_checksum_bad)
{
    struct nd_msg m = nd_ns(NUT);
    uint8_t message[64];
    size_t n = nd_write(message, sizeof message, &m);
    struct rig r;

    conform_open_alone(&r);
    store_be16(message + 2, 0x1234);
    conform_send_exact(&r, nd_from(TN, nd_group_of(NUT)), message, n);
    conform_expect_silence(&r);
    CHECK_EQ(nd_state(&r, TN), 0);
    conform_expect_dropped(&r, DROP_ICMP_CHECKSUM, 1);
    rig_close(&r);
}
