/* tests/unit/ip/route_test.c - ways of IPv6: zones, gateways of link scope, what a link takes. */
#include "ip/address.h"
#include "tests/conform/rig.h"

enum { SECOND = 2 };

static const struct tarn_ip neighbour = CONFORM_LOCAL(0x99);

/* A node with the same link-local address on two links. */
static void open_two_links(struct rig *r)
{
    struct tarn_port_info port = {.name = "tarn1", .mtu = 1400, .mac = {2}, .up = true};
    struct tarn_address a = {
        .port = SECOND, .prefix = {NUT_LOCAL, 64}, .flags = TARN_ADDRESS_NODAD};

    conform_open(r);
    CHECK_EQ(tarn_port_add(r->st, &port, NULL), SECOND);
    CHECK_EQ(tarn_port_set(r->st, SECOND, &port, r->now, NULL), 0);
    CHECK_EQ(tarn_address_add(r->st, &a, r->now, NULL), 0);
}

static int find(struct rig *r, struct ip_info *ip, struct tarn_ip dst, uint32_t zone, int port)
{
    *ip = (struct ip_info){.dst = dst, .zone = zone};
    return route_find(r->st, ip, port);
}

TEST(route, a_destination_of_link_scope_is_on_the_link_of_its_zone)
{
    struct ip_info ip;
    struct rig r;

    open_two_links(&r);
    CHECK_EQ(find(&r, &ip, neighbour, RIG_PORT + 1, -1), 0);
    CHECK_EQ(ip.port, RIG_PORT);
    CHECK_EQ(ip.mtu, 1500);
    CHECK_MEM(ip.src.b, NUT_LOCAL.b, 16);
    CHECK_EQ(find(&r, &ip, neighbour, SECOND + 1, -1), 0);
    CHECK_EQ(ip.port, SECOND);
    CHECK_EQ(ip.mtu, 1400);
    CHECK_EQ(find(&r, &ip, neighbour, 0, SECOND), 0);
    CHECK_EQ(ip.port, SECOND);
    CHECK_EQ(ip.zone, SECOND + 1);
    CHECK_EQ(find(&r, &ip, neighbour, 0, -1), -TARN_EINVAL);
    CHECK_EQ(find(&r, &ip, neighbour, SECOND + 1, RIG_PORT), -TARN_EINVAL);
    CHECK_EQ(find(&r, &ip, neighbour, 60, -1), -TARN_ENETUNREACH);
    rig_close(&r);
}

TEST(route, our_address_of_link_scope_is_reached_here_and_keeps_its_zone)
{
    struct ip_info ip;
    struct rig r;

    open_two_links(&r);
    CHECK_EQ(find(&r, &ip, NUT_LOCAL, SECOND + 1, -1), 0);
    CHECK_EQ(ip.port, PORT_LO);
    CHECK_EQ(ip.zone, SECOND + 1);
    CHECK_MEM(ip.src.b, NUT_LOCAL.b, 16);
    rig_close(&r);
}

/* What a program says to its own link-local address comes in with the zone of that link. */
TEST(route, a_program_speaks_to_its_own_link_local_address)
{
    struct tarn_addr to = {.ip = NUT_LOCAL, .zone = SECOND + 1, .port = 7}, from;
    struct tarn_addr any = {.port = 7};
    char got[8], hello[5] = {'h', 'e', 'l', 'l', 'o'};
    struct tarn_iov in = {got, sizeof got}, out = {hello, sizeof hello};
    struct tarn_msg send = {.iov = &out, .n_iov = 1, .name = &to};
    struct tarn_msg recv = {.iov = &in, .n_iov = 1, .name = &from};
    struct rig r;
    tarn_sock s;

    open_two_links(&r);
    CHECK_EQ(tarn_open(r.st, TARN_INET6, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_bind(r.st, s, &any), 0);
    CHECK_EQ(tarn_sendmsg(r.st, s, &send, r.now), 5);
    tarn_tick(r.st, r.now);
    CHECK_EQ(tarn_recvmsg(r.st, s, &recv, r.now), 5);
    CHECK_MEM(got, hello, 5);
    CHECK_MEM(from.ip.b, NUT_LOCAL.b, 16);
    CHECK_EQ(from.zone, SECOND + 1);
    rig_close(&r);
}

TEST(route, a_gateway_of_link_scope_is_on_the_routes_link)
{
    struct tarn_route way = {.to = {.ip = FAR, .len = 64}, .via = neighbour, .port = SECOND};
    struct ip_info ip;
    struct rig r;

    open_two_links(&r);
    memset(way.to.ip.b + 8, 0, 8);
    CHECK_EQ(find(&r, &ip, FAR, 0, -1), 0);
    CHECK_EQ(ip.port, RIG_PORT);
    CHECK_EQ(tarn_route_add(r.st, &way, r.now, NULL), 0);
    CHECK_EQ(find(&r, &ip, FAR, 0, -1), 0);
    CHECK_EQ(ip.port, SECOND);
    CHECK_MEM(ip.hop.b, neighbour.b, 16);
    CHECK_EQ(find(&r, &ip, FAR, 0, RIG_PORT), 0);
    CHECK_EQ(ip.port, RIG_PORT);
    CHECK_EQ(tarn_route_del(r.st, &way, r.now, NULL), 0);
    rig_close(&r);
}

TEST(route, ipv6_switched_off_goes_nowhere)
{
    struct ip_info ip;
    struct rig r;

    conform_open(&r);
    conform_param(&r, "ip6.disable", 1);
    CHECK_EQ(find(&r, &ip, FAR, 0, -1), -TARN_ENETUNREACH);
    CHECK_EQ(find(&r, &ip, tarn_ip4(RIG_PEER_IP), 0, -1), 0);
    rig_close(&r);
}

TEST(route, an_address_is_on_an_interface_once_and_may_change)
{
    struct tarn_address a = {.port = RIG_PORT, .prefix = {NUT, 64}, .flags = TARN_ADDRESS_NODAD};
    struct tarn_address got;
    uint32_t cursor = 0;
    bool seen = false;
    struct rig r;

    conform_open(&r);
    CHECK_EQ(tarn_address_add(r.st, &a, r.now, NULL), -TARN_EEXIST);
    a.prefix.len = 48;
    CHECK_EQ(tarn_address_add(r.st, &a, r.now, NULL), -TARN_EEXIST);
    a.prefix.len = 64;
    a.preferred_until = r.now + RIG_S;
    a.valid_until = r.now + 10 * RIG_S;
    CHECK_EQ(tarn_address_add(r.st, &a, r.now, NULL), 0);
    while (tarn_address_next(r.st, &cursor, &got))
        seen |= tarn_ip_equal(&got.prefix.ip, &NUT) && got.valid_until == a.valid_until;
    CHECK(seen);
    rig_wait(&r, 2 * RIG_S);
    CHECK((address_flags(r.st, RIG_PORT, &NUT) & TARN_ADDRESS_DEPRECATED) != 0);
    rig_wait(&r, 10 * RIG_S);
    CHECK_EQ(address_flags(r.st, RIG_PORT, &NUT), -1);
    CHECK(!address_is_local(r.st, &NUT));
    rig_close(&r);
}

TEST(route, nobody_on_a_link_speaks_for_us)
{
    static const uint8_t datagram[8] = {0, 7, 0, 7, 0, 8, 1, 2};
    struct ip6_hdr h = conform_from(NUT, NUT);
    struct rig r;

    conform_open(&r);
    h.next = IP_PROTO_UDP;
    conform_send(&r, h, datagram, sizeof datagram);
    conform_expect_silence(&r);
    conform_expect_dropped(&r, DROP_IP6_ADDRESS, 1);
    rig_close(&r);
}

/* RFC 4007 6: what is ours on one link may be somebody else's on another. */
TEST(route, a_neighbour_may_have_our_link_local_address_of_another_link)
{
    struct tarn_address there = {
        .port = SECOND, .prefix = {neighbour, 64}, .flags = TARN_ADDRESS_NODAD};
    struct ip6_hdr h = conform_from(neighbour, NUT_LOCAL);
    struct rig r;

    open_two_links(&r);
    CHECK_EQ(tarn_address_add(r.st, &there, r.now, NULL), 0);
    h.next = IP_PROTO_UDP;
    conform_send(&r, h, "12345678", 8);
    conform_expect_dropped(&r, DROP_IP6_ADDRESS, 0);
    conform_expect_dropped(&r, DROP_UDP_LENGTH, 1);
    rig_close(&r);
}
