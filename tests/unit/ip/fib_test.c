/* tests/unit/ip/fib_test.c - the forwarding table against a search that looks at every route. */
#include "base/rng.h"
#include "ip/ip.h"
#include "tests/unit/rig.h"

enum { ROUTES = 600, LOOKS = 20000 };

struct want {
    struct tarn_ip prefix;
    unsigned len, metric;
    struct route *r;
};

static struct want all[ROUTES];

/* Few bits, so that prefixes nest and repeat; within 64.0.0.0/8 or 4000::/8. */
static struct tarn_ip some_address(struct rng *g, bool six)
{
    static const uint32_t bits[4] = {0x80000000u, 0x11000000u, 0x00123400u, 0x000000ffu};
    uint32_t a = 0x40000000u, b = 0;
    struct tarn_ip ip = {{0}};

    for (unsigned i = 0; i < 4; i++) {
        a ^= rng_u32(g) & bits[i];
        b ^= rng_u32(g) & bits[i];
    }
    if (!six)
        return tarn_ip4(a);
    store_be32(ip.b, a);
    store_be32(ip.b + 4, b);
    ip.b[15] = (uint8_t)a;
    return ip;
}

static const struct want *search(const struct tarn_ip *dst, unsigned n)
{
    const struct want *best = NULL;

    for (unsigned i = 0; i < n; i++) {
        const struct want *w = &all[i];

        if (w->r == NULL || prefix_common(dst, &w->prefix) < w->len)
            continue;
        if (best == NULL || w->len > best->len || (w->len == best->len && w->metric < best->metric))
            best = w;
    }
    return best;
}

static void compare(struct rig *r, struct rng *g, unsigned n, unsigned looks)
{
    for (unsigned i = 0; i < looks; i++) {
        struct tarn_ip dst = some_address(g, !tarn_ip_is4(&all[0].prefix));
        const struct want *w = search(&dst, n);
        const struct route *got = fib_find(r->st, &dst);

        if (w == NULL) {
            CHECK(got == NULL);
            continue;
        }
        CHECK(got != NULL);
        CHECK_EQ(got->len, w->len);
        CHECK_MEM(got->prefix.b, w->prefix.b, 16);
        CHECK_EQ(got->metric, w->metric);
        CHECK(fib_find_on(r->st, &dst, RIG_PORT) == got);
    }
}

static bool is_new(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (tarn_ip_equal(&all[i].prefix, &all[n].prefix) && all[i].len == all[n].len &&
            all[i].metric == all[n].metric)
            return false;
    return true;
}

static void routes_come_and_go(bool six)
{
    unsigned shortest = six ? 0 : FIB_V4_BITS;
    uint8_t seed[32] = {3};
    struct rig r;
    struct rng g;
    uint32_t nodes;

    rng_init(&g, seed, 0);
    rig_open_quiet(&r, 1);
    nodes = ip_layer(r.st)->fib.nodes.n_used;
    for (unsigned i = 0; i < ROUTES; i++) {
        do {
            struct tarn_ip ip = some_address(&g, six);

            all[i].len = shortest + rng_below(&g, 129 - shortest);
            all[i].prefix = prefix_of(&ip, all[i].len);
            all[i].metric = rng_below(&g, 3);
        } while (!is_new(i));
        all[i].r = fib_add(r.st, &(struct route){.prefix = all[i].prefix,
                                                 .len = (uint8_t)all[i].len,
                                                 .metric = all[i].metric,
                                                 .port = RIG_PORT});
        CHECK(all[i].r != NULL);
        compare(&r, &g, i + 1, 20);
    }
    compare(&r, &g, ROUTES, LOOKS);
    for (unsigned i = 0; i < ROUTES; i++) {
        struct want *w = &all[(i * 37) % ROUTES];

        fib_del(r.st, w->r);
        w->r = NULL;
        compare(&r, &g, ROUTES, 20);
    }
    CHECK_EQ(ip_layer(r.st)->fib.nodes.n_used, nodes);
    rig_close(&r);
}

TEST(fib, equals_a_search_while_routes_come_and_go)
{
    routes_come_and_go(false);
}

TEST(fib, equals_a_search_for_ipv6_too)
{
    routes_come_and_go(true);
}

/* Three ways to everywhere: RFC 4191 3.1, and the router that answers (RFC 4861 6.3.6). */
TEST(fib, prefers_what_a_router_prefers_while_it_answers)
{
    static const uint8_t preference[3] = {TARN_ROUTE_LOW, TARN_ROUTE_HIGH, TARN_ROUTE_MEDIUM};
    struct tarn_ip dst = {{0x20, 1}};
    struct tarn_route t = {.port = RIG_PORT, .origin = TARN_ORIGIN_RA};
    struct rig r;

    rig_open_quiet(&r, 1);
    for (uint8_t i = 0; i < 3; i++) {
        t.via = (struct tarn_ip){{0xfe, 0x80, [15] = (uint8_t)(i + 1)}};
        t.preference = preference[i];
        CHECK_EQ(tarn_route_add(r.st, &t, r.now, NULL), 0);
    }
    CHECK_EQ(fib_find(r.st, &dst)->via.b[15], 2);
    t.via.b[15] = 2;
    route_gateway(r.st, RIG_PORT, &t.via, false);
    CHECK_EQ(fib_find(r.st, &dst)->via.b[15], 3);
    route_gateway(r.st, RIG_PORT, &t.via, true);
    CHECK_EQ(fib_find(r.st, &dst)->via.b[15], 2);
    t.preference = TARN_ROUTE_LOW;
    t.valid_until = r.now + RIG_S;
    CHECK_EQ(tarn_route_add(r.st, &t, r.now, NULL), 0);
    CHECK_EQ(fib_find(r.st, &dst)->via.b[15], 3);
    rig_wait(&r, 2 * RIG_S);
    CHECK_EQ(tarn_route_del(r.st, &t, r.now, NULL), -TARN_ENOENT);
    rig_close(&r);
}

TEST(fib, routes_of_a_port_that_is_down_are_not_used)
{
    struct tarn_route backup = {.to = {.ip = tarn_ip4(0x0a000000), .len = 120}, .metric = 5};
    struct tarn_port_info info = {.name = "tarn1", .mtu = 1500, .carrier = true};
    struct rig r;

    rig_open_quiet(&r, 1);
    CHECK_EQ(tarn_port_add(r.st, &info, NULL), 2);
    info.up = true;
    CHECK_EQ(tarn_port_set(r.st, 2, &info, r.now, NULL), 0);
    backup.port = 2;
    CHECK_EQ(tarn_route_add(r.st, &backup, r.now, NULL), 0);
    CHECK_EQ(fib_find4(r.st, 0x0a000063)->port, RIG_PORT);
    CHECK_EQ(tarn_port_get(r.st, RIG_PORT, &info), 0);
    info.up = false;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &info, r.now, NULL), 0);
    CHECK_EQ(fib_find4(r.st, 0x0a000063)->port, 2);
    info.up = true;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &info, r.now, NULL), 0);
    CHECK_EQ(fib_find4(r.st, 0x0a000063)->port, RIG_PORT);
    rig_close(&r);
}

TEST(fib, a_walk_meets_every_route_once)
{
    struct tarn_route route = {.to = {.len = 128}, .port = RIG_PORT}, got;
    static bool seen[500];
    uint32_t cursor = 0;
    unsigned n = 0;
    struct rig r;

    rig_open_quiet(&r, 1);
    for (uint32_t i = 0; i < 500; i++) {
        route.to.ip = tarn_ip4(0x0c000000 + i);
        CHECK_EQ(tarn_route_add(r.st, &route, r.now, NULL), 0);
        seen[i] = false;
    }
    while (tarn_route_next(r.st, &cursor, &got)) {
        uint32_t i = tarn_ip_to4(&got.to.ip) - 0x0c000000;

        n++;
        if (i >= 500)
            continue;
        CHECK(!seen[i]);
        seen[i] = true;
    }
    CHECK_EQ(n, 501);
    rig_close(&r);
}
