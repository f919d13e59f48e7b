/* tests/fuzz/netlink_fuzz.c - a datagram of requests, as any program may send it: every message
 * gets its answer, every dump ends, and whatever comes out is whole messages. The first byte sets
 * the socket's options. */
#include "tests/fuzz/check.h"

#include "netlink/message.h"
#include "netlink/netlink.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, TURNS_MAX = 4096 };

static _Alignas(64) uint8_t arena[ARENA_BYTES];

/* Something of each family for every dump. */
static void furnish(struct tarn *st)
{
    const struct tarn_ip six = {{0x20, 1, 0x0d, 0xb8, [15] = 2}};
    const struct tarn_address a = {.port = 1, .prefix = {six, 64}, .flags = TARN_ADDRESS_NODAD};
    const struct tarn_route r = {.via = {{0xfe, 0x80, [15] = 1}}, .port = 1, .metric = 9};
    const struct tarn_port_info tunnel = {.name = "tun0", .mtu = 1400, .medium = LINK_IP};
    const struct tarn_address pair = {.port = 1,
                                      .prefix = {tarn_ip4(0x0a4e0002), 96 + 31},
                                      .origin = TARN_ORIGIN_RA,
                                      .preferred_until = 1000000000,
                                      .valid_until = 2000000000};
    struct tarn_route r4 = {.to = {tarn_ip4(0), 96}, .via = tarn_ip4(0x0a4d0001), .port = 1};
    struct tarn_neigh n = {.ip = {{0x20, 1, 0x0d, 0xb8, [15] = 9}}, .port = 1};

    REQUIRE(tarn_port_add(st, &tunnel, NULL) == 2);
    REQUIRE(tarn_address_add(st, &a, 1, NULL) == 0);
    REQUIRE(tarn_address_add(st, &pair, 1, NULL) == 0);
    REQUIRE(tarn_route_add(st, &r, 1, NULL) == 0);
    r4.source = tarn_ip4(0x0a4d0002);
    r4.mtu = 1400;
    r4.valid_until = 1000000000;
    REQUIRE(tarn_route_add(st, &r4, 1, NULL) == 0);
    n.mac[0] = 2;
    REQUIRE(tarn_neigh_set(st, &n, 1, NULL) == 0);
    n.ip = tarn_ip4(0x0a4d0009);
    REQUIRE(tarn_neigh_set(st, &n, 1, NULL) == 0);
}

static struct tarn *make_stack(void)
{
    static const uint8_t seed[32] = {1};
    const struct tarn_port_info port = {.name = "tarn0", .mtu = 1500, .mac = {2, 0, 0, 0, 0, 1}};
    struct tarn_address a = {.port = 1, .prefix = {tarn_ip4(0x0a4d0002), 96 + 24}};
    struct tarn_port_info up = port;
    struct tarn *st;

    memset(arena, 0, sizeof arena);
    REQUIRE(tarn_init(&st, arena, sizeof arena, NULL, seed, 1) == 0);
    REQUIRE(tarn_port_add(st, &port, NULL) == 1);
    up.up = up.carrier = true;
    REQUIRE(tarn_port_set(st, 1, &up, 1, NULL) == 0);
    REQUIRE(tarn_address_add(st, &a, 1, NULL) == 0);
    furnish(st);
    return st;
}

static void check_datagram(const uint8_t *out, size_t n)
{
    size_t at = 0;

    REQUIRE(n <= NETLINK_OUT_MAX);
    while (at < n) {
        struct nl_header h;

        REQUIRE(n - at >= sizeof h);
        memcpy(&h, out + at, sizeof h);
        REQUIRE(h.len >= sizeof h && h.len <= n - at);
        at += (h.len + 3u) & ~3u;
    }
}

static void finish_dump(struct netlink *nl, struct tarn *st, uint8_t *out)
{
    size_t n;
    unsigned turns = 0;

    while ((n = netlink_dump(nl, st, out, 1)) > 0) {
        check_datagram(out, n);
        REQUIRE(turns++ < TURNS_MAX);
    }
    REQUIRE(nl->dump.type == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static uint8_t out[NETLINK_OUT_MAX];
    uint8_t options = n > 0 ? data[0] : 0;
    struct netlink nl = {.portid = 1,
                         .strict = (options & 1) != 0,
                         .ext_ack = (options & 2) != 0,
                         .cap_ack = (options & 4) != 0};
    uint8_t *p = exact(data + (n > 0), n - (n > 0));
    size_t at = 0, len = n - (n > 0);
    struct tarn *st = make_stack();

    while (at < len) {
        check_datagram(out, netlink_request(&nl, st, p, len, &at, out));
        finish_dump(&nl, st, out);
    }
    free(p);
    return 0;
}
