/* RFC 4861 6.1.2: "ICMP Checksum is valid." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_checksum_bad)
{
    struct nd_msg m = nd_ra();
    uint8_t message[64];
    size_t n = nd_write(message, sizeof message, &m);
    struct rig r;

    nd_open_host(&r);
    store_be16(message + 2, 0x1234);
    conform_send_exact(&r, nd_from(TN_LOCAL, ALL_NODES), message, n);
    CHECK(!nd_has_route(&r, UNSPECIFIED, 0, TN_LOCAL));
    conform_expect_dropped(&r, DROP_ICMP_CHECKSUM, 1);
    rig_close(&r);
}
