/* RFC 4862 5.3: "The left-most 'prefix length' bits of the address are those of the link-local
 * prefix." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, addrconf_link_local_from_mac)
{
    static const struct tarn_ip expected = {
        {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 1}};
    struct tarn_port_info port;
    struct rig r;

    rig_open(&r, 1);
    conform_param(&r, "ip6.autoconf", 1);
    conform_param(&r, "ip6.addr-gen", 0);
    CHECK_EQ(tarn_port_get(r.st, RIG_PORT, &port), 0);
    port.up = false;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &port, r.now, NULL), 0);
    port.up = true;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &port, r.now, NULL), 0);
    CHECK(nd_flags(&r, expected) >= 0);
    rig_close(&r);
}
