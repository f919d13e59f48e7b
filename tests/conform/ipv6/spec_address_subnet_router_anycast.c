/* RFC 4291 2.6.1: "All routers are required to support the Subnet-Router anycast addresses for the
 * subnets to which they have interfaces." */
#include "tests/conform/nd.h"

static const struct tarn_ip SUBNET = CONFORM_GLOBAL(0);

TEST(conform_ipv6, spec_address_subnet_router_anycast)
{
    static struct conform_packet p;
    struct nd_msg m;
    struct rig r;

    conform_open(&r);
    conform_echo(&r, conform_from(TN, SUBNET));
    conform_expect_silence(&r);
    conform_param(&r, "ip6.forwarding", 1);

    /* RFC 4443 2.2 b: the source "MUST be a unicast address belonging to the node". */
    conform_echo(&r, conform_from(TN, SUBNET));
    (void)conform_expect(&r, &p, ICMP6_ECHO_REPLY);
    CHECK_MEM(p.ip.src, NUT.b, 16);
    conform_udp(&r, conform_from(TN, SUBNET), 9, 8);
    (void)conform_expect(&r, &p, ICMP6_UNREACHABLE);
    CHECK_MEM(p.ip.src, NUT.b, 16);

    /* RFC 4861 7.2.7: the Override flag of such an advertisement is 0. */
    nd_send(&r, nd_from(TN, nd_group_of(SUBNET)), nd_ns(SUBNET));
    nd_expect(&r, &p, ICMP6_NEIGH_ADVERT, &m);
    CHECK_MEM(m.target, SUBNET.b, 16);
    CHECK_MEM(p.ip.src, NUT.b, 16);
    CHECK(m.solicited);
    CHECK(!m.override);
    CHECK(m.router);
    rig_close(&r);
}
