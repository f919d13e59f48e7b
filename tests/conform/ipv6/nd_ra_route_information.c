/* RFC 4191 3.1: "Type C hosts use a Routing Table instead of a Default Router List." */
#include "tests/conform/nd.h"

TEST(conform_ipv6, nd_ra_route_information)
{
    struct nd_route route = {
        .prefix = {0x20, 0x01, 0x0d, 0xb8, 0, 0xf}, .len = 48, .lifetime_s = 60};
    struct tarn_ip net = {{0x20, 0x01, 0x0d, 0xb8, 0, 0xf}};
    struct nd_msg second = nd_ra();
    uint8_t option[32];
    struct writer w = wr_init(option, sizeof option);
    struct rig r;

    nd_open_routed(&r);
    nd_put_route(&w, &route);
    second.lifetime_s = 0;
    memcpy(second.source_mac, nd_other_mac, 6);
    nd_send_with(&r, nd_from(R2_LOCAL, ALL_NODES), second, option, (size_t)(w.at - option));
    CHECK(nd_has_route(&r, net, 48, R2_LOCAL));
    nd_expect_way(&r, FAR, nd_other_mac);
    rig_wait(&r, 61 * RIG_S);
    CHECK(!nd_has_route(&r, net, 48, R2_LOCAL));
    rig_close(&r);
}
