/* RFC 4861 7.1.1: "ICMP Code is 0." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_code_not_zero)
{
    struct nd_msg m = nd_ns(NUT);
    uint8_t message[64];
    size_t n = nd_write(message, sizeof message, &m);
    struct rig r;

    conform_open_alone(&r);
    message[1] = 1;
    nd_send_bytes(&r, nd_from(TN, nd_group_of(NUT)), message, n);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    rig_close(&r);
}
