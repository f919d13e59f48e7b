/* tests/fuzz/headers_fuzz.c - a router receives packets of IPv6 with whatever behind the fixed
 * header; what it answers and passes on is well-formed, and in the end it holds nothing.
 *
 * Input: packets, each a byte of length, a byte that chooses the destination and the pause before
 * it, a next-header byte, and as many bytes of payload as the length says in units of 8. */
#include "base/bytes.h"
#include "base/sum.h"
#include "tarn/tarn.h"
#include "tests/fuzz/check.h"
#include "wire/ip4.h"
#include "wire/ip6_ext.h"

enum { ARENA = 1 << 21, NEAR = 1, FAR = 2, SECOND_NS = 1000000000 };

static const struct tarn_ip ours = {{0x20, 1, 0xd, 0xb8, [15] = 1}};
static const struct tarn_ip peer = {{0x20, 1, 0xd, 0xb8, [15] = 2}};
static const struct tarn_ip beyond = {{0x20, 1, 0xd, 0xb8, 0, 1, [15] = 2}};
static const struct tarn_ip all_nodes = {{0xff, 2, [15] = 1}};

static struct tarn *st;
static tarn_ns now;

static void add_port(const char *name, struct tarn_ip ip)
{
    struct tarn_port_info info = {.mtu = 1500, .medium = LINK_IP, .carrier = true, .up = true};
    struct tarn_address a = {.prefix = {ip, 64}, .flags = TARN_ADDRESS_NODAD};
    int port;

    memcpy(info.name, name, strlen(name));
    port = tarn_port_add(st, &info, NULL);
    REQUIRE(port > 0 && tarn_port_set(st, (unsigned)port, &info, now, NULL) == 0);
    a.port = (unsigned)port;
    a.prefix.ip.b[15] = 1;
    REQUIRE(tarn_address_add(st, &a, now, NULL) == 0);
}

static void open_router(void)
{
    static _Alignas(64) uint8_t arena[ARENA];
    static const uint8_t seed[32] = {7};
    struct tarn_config cfg = {.max_reasm_bytes = 300000};

    now = SECOND_NS;
    if (st != NULL)
        memset(arena, 0, tarn_arena_used(st));
    REQUIRE(tarn_init(&st, arena, sizeof arena, &cfg, seed, now) == 0);
    REQUIRE(tarn_param_set(st, "ip6.autoconf", 0) == 0);
    REQUIRE(tarn_param_set(st, "ip6.forwarding", 1) == 0);
    REQUIRE(tarn_param_set(st, "icmp.rate", 1000000) == 0);
    add_port("near", ours);
    add_port("far", beyond);
}

/* An answer of ours has a good checksum. */
static void check_answer(const struct ip6_hdr *h, const uint8_t *payload)
{
    if (h->next == IP_PROTO_ICMP6)
        REQUIRE(sum_is_good(
            sum_partial(payload, h->payload_bytes,
                        ip6_pseudo_sum(h->src, h->dst, IP_PROTO_ICMP6, h->payload_bytes))));
}

static void take_all(unsigned port)
{
    static uint8_t packet[2000];
    struct pkt *p;

    while ((p = tarn_output(st, port, now)) != NULL) {
        size_t n = pkt_copy_out(st, p, 0, packet, sizeof packet);
        struct ip6_hdr h;

        REQUIRE(n <= 1500 && ip6_parse(&h, packet, n, n) == WIRE_OK);
        REQUIRE(h.payload_bytes + (size_t)IP6_HEADER_BYTES == n);
        if (port == NEAR && memcmp(h.src, ours.b, 16) == 0)
            check_answer(&h, packet + IP6_HEADER_BYTES);
        pkt_put(st, p);
    }
}

static void pass_time(tarn_ns ns)
{
    now += ns;
    tarn_tick(st, now);
    take_all(NEAR);
    take_all(FAR);
}

static void receive(uint8_t how, uint8_t next, const uint8_t *payload, size_t n)
{
    const struct tarn_ip *dst = (how & 3) == 0 ? &beyond : (how & 3) == 1 ? &all_nodes : &ours;
    struct ip6_hdr h = {.next = next, .hops = how >> 4, .payload_bytes = (uint16_t)n};
    uint8_t packet[IP6_HEADER_BYTES + 255 * 8];
    struct tarn_iov iov[2];
    struct pkt *p;
    size_t at = 0;

    memcpy(h.src, peer.b, 16);
    memcpy(h.dst, dst->b, 16);
    ip6_build(packet, &h);
    memcpy(packet + IP6_HEADER_BYTES, payload, n);
    n += IP6_HEADER_BYTES;
    p = pkt_rx_get(st, n);
    if (p == NULL)
        return;
    for (unsigned i = 0, pieces = pkt_rx_iov(st, p, iov); i < pieces; i++) {
        memcpy(iov[i].base, packet + at, iov[i].len);
        at += iov[i].len;
    }
    pkt_rx_filled(st, p, n);
    tarn_input(st, NEAR, p, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct tarn_usage before, after;

    open_router();
    pass_time(SECOND_NS);
    tarn_usage(st, &before);
    while (n >= 3) {
        size_t len = data[0] * (size_t)8;

        if (len > n - 3)
            len = n - 3;
        receive(data[1], data[2], data + 3, len);
        data += 3 + len;
        n -= 3 + len;
        pass_time((data[-1] & 8) != 0 ? SECOND_NS : 1000);
    }
    pass_time(UINT64_C(70) * SECOND_NS);
    tarn_usage(st, &after);
    REQUIRE(after.packets == before.packets && after.chunks == before.chunks);
    REQUIRE(after.reassemblies == 0);
    return 0;
}
