/* tests/unit/ip/control_test.c - requests to the control plane: refused with field and text. */
#include "tests/unit/rig.h"

static struct tarn_control_error e;

static void expect(int got, int want, const char *field)
{
    CHECK_EQ(got, want);
    CHECK(e.text != NULL);
    if (field != NULL)
        CHECK_STR(e.field, field);
    e = (struct tarn_control_error){0};
}

TEST(control, interfaces)
{
    struct tarn_port_info info = {.name = "tarn0", .mtu = 1500}, got;
    struct rig r;

    rig_open(&r, 1);
    expect(tarn_port_add(r.st, &info, &e), -TARN_EEXIST, "name");
    info.name[0] = '\0';
    expect(tarn_port_add(r.st, &info, &e), -TARN_EINVAL, "name");
    memset(info.name, 'x', sizeof info.name);
    expect(tarn_port_add(r.st, &info, &e), -TARN_EINVAL, "name");
    memcpy(info.name, "tarn1", 6);
    info.mtu = 67;
    expect(tarn_port_add(r.st, &info, &e), -TARN_EINVAL, "mtu");
    info.mtu = 65536;
    expect(tarn_port_add(r.st, &info, &e), -TARN_EINVAL, "mtu");
    info.mtu = 1500;
    info.mac[0] = 1;
    expect(tarn_port_add(r.st, &info, &e), -TARN_EINVAL, "mac");
    info.mac[0] = 2;
    for (unsigned i = 2; i < 64; i++) {
        info.name[4] = (char)('0' + i);
        CHECK_EQ(tarn_port_add(r.st, &info, &e), i);
    }
    info.name[5] = 'x';
    info.name[6] = '\0';
    expect(tarn_port_add(r.st, &info, &e), -TARN_ENOSPC, NULL);
    expect(tarn_port_set(r.st, 64, &info, r.now, &e), -TARN_ENODEV, "port");
    CHECK_EQ(tarn_port_get(r.st, 64, &got), -TARN_ENODEV);
    CHECK_EQ(tarn_port_get(r.st, 0, &got), 0);
    CHECK_STR(got.name, "lo");
    CHECK(got.up);
    rig_close(&r);
}

TEST(control, addresses)
{
    struct tarn_address a = {.port = RIG_PORT}, got;
    uint32_t cursor = 0, generation;
    unsigned n = 0;
    struct rig r;

    rig_open(&r, 1);
    a.prefix = (struct tarn_prefix){.ip = tarn_ip4(r.ip), .len = 120};
    expect(tarn_address_add(r.st, &a, r.now, &e), -TARN_EEXIST, "ip");
    a.prefix.len = 95;
    expect(tarn_address_add(r.st, &a, r.now, &e), -TARN_EINVAL, "len");
    a.prefix = (struct tarn_prefix){.ip = tarn_ip4(0xe0000001), .len = 120};
    expect(tarn_address_add(r.st, &a, r.now, &e), -TARN_EINVAL, "ip");
    a.prefix = (struct tarn_prefix){.ip = {{0xff, 2, [15] = 1}}, .len = 64};
    expect(tarn_address_add(r.st, &a, r.now, &e), -TARN_EINVAL, "ip");
    a.prefix = (struct tarn_prefix){.ip = {{0x20, 1}}, .len = 129};
    expect(tarn_address_add(r.st, &a, r.now, &e), -TARN_EINVAL, "len");
    a.prefix = (struct tarn_prefix){.ip = tarn_ip4(0xac100001), .len = 96 + 12};
    a.port = 7;
    expect(tarn_address_add(r.st, &a, r.now, &e), -TARN_ENODEV, "port");
    a.port = RIG_PORT;
    generation = tarn_generation(r.st);
    CHECK_EQ(tarn_address_add(r.st, &a, r.now, &e), 0);
    CHECK(tarn_generation(r.st) != generation);
    while (tarn_address_next(r.st, &cursor, &got))
        n += tarn_ip_is4(&got.prefix.ip);
    CHECK_EQ(n, 3);
    CHECK_EQ(tarn_address_del(r.st, &a, r.now, &e), 0);
    expect(tarn_address_del(r.st, &a, r.now, &e), -TARN_EADDRNOTAVAIL, "ip");
    rig_close(&r);
}

TEST(control, an_address_takes_its_routes_with_it)
{
    struct tarn_address a = {.port = RIG_PORT,
                             .prefix = {.ip = tarn_ip4(0xac100001), .len = 96 + 12}};
    struct tarn_addr peer = {.ip = tarn_ip4(0xac1f0001), .port = 9};
    struct rig r;
    tarn_sock s;

    rig_open(&r, 1);
    CHECK_EQ(tarn_open(r.st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_connect(r.st, s, &peer, r.now), -TARN_ENETUNREACH);
    CHECK_EQ(tarn_address_add(r.st, &a, r.now, &e), 0);
    CHECK_EQ(tarn_connect(r.st, s, &peer, r.now), 0);
    CHECK_EQ(tarn_local(r.st, s, &peer), 0);
    CHECK_EQ(tarn_ip_to4(&peer.ip), 0xac100001);
    CHECK_EQ(tarn_address_del(r.st, &a, r.now, &e), 0);
    peer = (struct tarn_addr){.ip = tarn_ip4(0xac100001), .port = 9};
    CHECK_EQ(tarn_connect(r.st, s, &peer, r.now), -TARN_ENETUNREACH);
    rig_close(&r);
}

TEST(control, routes)
{
    struct tarn_route t = {.to = {.ip = tarn_ip4(0x0b000001), .len = 104}, .port = RIG_PORT};
    struct rig r;

    rig_open(&r, 1);
    expect(tarn_route_add(r.st, &t, r.now, &e), -TARN_EINVAL, "to");
    t.to.ip = tarn_ip4(0x0b000000);
    t.via = tarn_ip4(0x0c000001);
    expect(tarn_route_add(r.st, &t, r.now, &e), -TARN_ENETUNREACH, "via");
    t.via = tarn_ip4(RIG_PEER_IP);
    t.source = tarn_ip4(RIG_PEER_IP);
    expect(tarn_route_add(r.st, &t, r.now, &e), -TARN_EINVAL, "source");
    t.source = tarn_ip4(r.ip);
    CHECK_EQ(tarn_route_add(r.st, &t, r.now, &e), 0);
    expect(tarn_route_add(r.st, &t, r.now, &e), -TARN_EEXIST, "to");
    t.port = 9;
    expect(tarn_route_add(r.st, &t, r.now, &e), -TARN_ENODEV, "port");
    t.port = RIG_PORT;
    CHECK_EQ(tarn_route_del(r.st, &t, r.now, &e), 0);
    expect(tarn_route_del(r.st, &t, r.now, &e), -TARN_ENOENT, "to");
    rig_close(&r);
}

TEST(control, neighbours)
{
    struct tarn_neigh n = {.ip = tarn_ip4(RIG_PEER_IP), .port = RIG_PORT, .mac = {2}}, got;
    uint32_t cursor = 0;
    struct rig r;

    rig_open(&r, 1);
    CHECK_EQ(tarn_neigh_set(r.st, &n, r.now, &e), 0);
    CHECK(tarn_neigh_next(r.st, &cursor, &got));
    CHECK_EQ(got.state, TARN_NEIGH_PERMANENT);
    CHECK(!tarn_neigh_next(r.st, &cursor, &got));
    CHECK_EQ(tarn_neigh_del(r.st, &n, r.now, &e), 0);
    expect(tarn_neigh_del(r.st, &n, r.now, &e), -TARN_ENOENT, "ip");
    n.mac[0] = 1;
    expect(tarn_neigh_set(r.st, &n, r.now, &e), -TARN_EINVAL, "mac");
    n.port = 0;
    expect(tarn_neigh_set(r.st, &n, r.now, &e), -TARN_ENODEV, "port");
    rig_close(&r);
}

TEST(control, parameters_and_limits)
{
    static _Alignas(64) uint8_t small[TARN_ARENA_MIN];
    uint8_t seed[32] = {0};
    struct tarn *st;
    struct rig r;
    int64_t v;

    rig_open(&r, 1);
    CHECK_EQ(tarn_param_get(r.st, "ip.ttl", &v), 0);
    CHECK_EQ(v, 64);
    CHECK_EQ(tarn_param_set(r.st, "ip.ttl", 256), -TARN_EINVAL);
    CHECK_EQ(tarn_param_set(r.st, "ip.ttl", 1), 0);
    CHECK_EQ(tarn_param_set(r.st, "ip.tt", 1), -TARN_ENOENT);
    CHECK_EQ(tarn_param_get(r.st, "ip.ttll", &v), -TARN_ENOENT);
    rig_close(&r);
    CHECK_EQ(tarn_init(&st, small, sizeof small - 1, NULL, seed, 0), -TARN_ENOMEM);
    CHECK_EQ(tarn_init(&st, small + 1, sizeof small, NULL, seed, 0), -TARN_EINVAL);
    CHECK_EQ(tarn_init(&st, small, sizeof small, NULL, seed, 0), 0);
    CHECK(tarn_arena_used(st) < sizeof small / 4);
}
