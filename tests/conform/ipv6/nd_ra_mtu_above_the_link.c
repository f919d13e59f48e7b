/* RFC 4861 6.3.4: "If the MTU option is present, hosts SHOULD copy the option's value into
 * LinkMTU so long as the value is greater than or equal to the minimum link MTU [IPv6] and does
 * not exceed the maximum LinkMTU value specified in the link-type-specific document" */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_mtu_above_the_link)
{
    struct tarn_port_info port;
    struct nd_msg m = nd_ra();
    struct rig r;

    nd_open_host(&r);
    m.mtu = 1501;
    nd_send(&r, nd_from(TN_LOCAL, ALL_NODES), m);
    CHECK_EQ(tarn_port_get(r.st, RIG_PORT, &port), 0);
    CHECK_EQ(port.mtu6, 0);
    rig_close(&r);
}
