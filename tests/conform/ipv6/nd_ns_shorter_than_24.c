/* RFC 4861 7.1.1: "ICMP length (derived from the IP length) is 24 or more octets." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_shorter_than_24)
{
    struct nd_msg m = nd_ns(NUT);
    uint8_t message[64];
    struct rig r;

    conform_open_alone(&r);
    (void)nd_write(message, sizeof message, &m);
    nd_send_bytes(&r, nd_from(TN, nd_group_of(NUT)), message, 16);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_ND_FORM, 1);
    rig_close(&r);
}
