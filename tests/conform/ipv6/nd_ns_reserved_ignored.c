/* RFC 4861 7.1.1: "The contents of the Reserved field, and of any unrecognized options, MUST be
 * ignored." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ns_reserved_ignored)
{
    static struct conform_packet p;
    struct nd_msg m = nd_ns(NUT);
    uint8_t message[64];
    size_t n = nd_write(message, sizeof message, &m);
    struct rig r;

    conform_open_alone(&r);
    memset(message + 4, 0xff, 4);
    memcpy(message + n, "\xfd\1\1\2\3\4\5\6", 8);
    nd_send_bytes(&r, nd_from(TN, nd_group_of(NUT)), message, n + 8);
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    rig_close(&r);
}
