/* tests/unit/app/dhcp_bench.h - a DHCP client on a stack without an address, and a server that the
 * test plays by hand: what the client says is kept, and any bytes can be the answer. */
#ifndef TARN_TESTS_UNIT_APP_DHCP_BENCH_H
#define TARN_TESTS_UNIT_APP_DHCP_BENCH_H

#include "tests/unit/app/net.h"
#include "wire/dhcp.h"

#define BENCH_SERVER  UINT32_C(0x0a000001)
#define BENCH_ADDRESS UINT32_C(0x0a000032)

struct bench {
    struct net net;
    struct dhcp_msg said; /* the client's latest message */
    uint32_t said_to;     /* its destination */
    unsigned n_said[9];   /* by type */
    unsigned n_reports[4];
    struct tarn_dhcp_lease lease; /* the latest report's */
    bool probe_answered;          /* another station has BENCH_ADDRESS */
};

static inline void bench_report(void *ctx, int what, const void *of, tarn_ns now)
{
    struct bench *b = ctx;

    (void)now;
    b->n_reports[what]++;
    if (of != NULL)
        b->lease = *(const struct tarn_dhcp_lease *)of;
}

/* An ARP answer or claim from the peer for `ip`. */
static inline void bench_claim(struct bench *b, uint32_t ip)
{
    struct arp_hdr h = {.op = ARP_REPLY, .sender_ip = ip, .target_ip = ip};
    uint8_t frame[64] = {0};
    size_t at = rig_eth(frame, rig_everybody, ETH_ARP);

    memcpy(h.sender_mac, rig_peer_mac, 6);
    at += arp_build(frame + at, &h);
    rig_input(&b->net.host[0], frame, at);
}

/* Every frame that the client's stack sends; none reaches anybody. */
static inline bool bench_hear(void *ctx, unsigned from, const struct pkt *p)
{
    enum { UDP_AT = 14 + 20 };
    struct bench *b = ctx;
    uint8_t frame[1600];
    size_t n = pkt_copy_out(b->net.host[from].st, p, 0, frame, sizeof frame);

    if (b->probe_answered && load_be16(frame + 12) == ETH_ARP && load_be32(frame + 28) == 0)
        bench_claim(b, load_be32(frame + 38));
    if (n > UDP_AT + 8 && load_be16(frame + 12) == ETH_IP4 && frame[14 + 9] == 17 &&
        load_be16(frame + UDP_AT + 2) == DHCP_SERVER_PORT) {
        CHECK(dhcp_parse(&b->said, frame + UDP_AT + 8, n - UDP_AT - 8));
        b->said_to = load_be32(frame + 14 + 16);
        b->n_said[b->said.type]++;
    }
    return false;
}

static inline void bench_open_with(struct bench *b, const struct tarn_dhcp_config *config)
{
    struct tarn_service_with with = {
        .seed = 7, .config = config, .report = bench_report, .report_ctx = b};
    struct tarn_address own = {.port = RIG_PORT};

    *b = (struct bench){0};
    net_open(&b->net, 1);
    b->net.passes = bench_hear;
    b->net.ctx = b;
    own.prefix = (struct tarn_prefix){.ip = tarn_ip4(b->net.host[0].ip), .len = 96 + 24};
    CHECK_EQ(tarn_address_del(b->net.host[0].st, &own, b->net.now, NULL), 0);
    CHECK_EQ(net_serve(&b->net, &service_dhcp, 0, with), 0);
    net_step(&b->net);
}

static inline void bench_open(struct bench *b)
{
    bench_open_with(b, &(struct tarn_dhcp_config){.port = RIG_PORT});
}

static inline void bench_close(struct bench *b)
{
    net_close(&b->net);
}

/* The answer that a good server gives to what the client has said last. */
static inline struct dhcp_msg bench_answer(const struct bench *b, enum dhcp_type type)
{
    struct dhcp_msg m = {.op = DHCP_BOOTREPLY,
                         .xid = b->said.xid,
                         .has = DHCP_HAS_TYPE | DHCP_HAS_SERVER,
                         .type = type,
                         .server = BENCH_SERVER};

    memcpy(m.chaddr, b->said.chaddr, 6);
    if (type == DHCP_NAK)
        return m;
    m.yiaddr = BENCH_ADDRESS;
    m.has |= DHCP_HAS_MASK | DHCP_HAS_LEASE;
    m.mask = 0xffffff00;
    m.lease_s = 3600;
    m.router = (struct dhcp_ips){.n = 1, .ip = {BENCH_SERVER}};
    m.dns = (struct dhcp_ips){.n = 2, .ip = {BENCH_SERVER, 0x0a000002}};
    memcpy(m.domain, "example.org", 12);
    return m;
}

/* A good message of the type as bytes; its length. */
static inline size_t bench_bytes(const struct bench *b, enum dhcp_type type,
                                 uint8_t bytes[DHCP_BYTES_MAX])
{
    struct dhcp_msg m = bench_answer(b, type);

    return dhcp_build(bytes, DHCP_BYTES_MAX, &m);
}

/* The option's code byte in the list. */
static inline uint8_t *bench_option(uint8_t *bytes, uint8_t code)
{
    enum { OPTIONS_AT = 240 };
    uint8_t *at = bytes + OPTIONS_AT;

    while (*at != code)
        at += 2 + at[1];
    return at;
}

/* Put more options before the end marker; the length up to that. */
static inline size_t bench_append(uint8_t *bytes, const void *more, size_t n)
{
    uint8_t *end = bench_option(bytes, 255);

    memcpy(end, more, n);
    end[n] = 255;
    return (size_t)(end + n + 1 - bytes);
}

/* Bytes to the client's port, from the server; everything that follows happens. */
static inline void bench_send_bytes(struct bench *b, const uint8_t *bytes, size_t n)
{
    static const uint8_t all[4] = {255, 255, 255, 255};
    uint8_t udp[1600], frame[1700];
    struct udp_hdr h = {.src_port = DHCP_SERVER_PORT,
                        .dst_port = DHCP_CLIENT_PORT,
                        .bytes = (uint16_t)(n + UDP_HEADER_BYTES)};
    struct ip4_hdr ip = {.proto = IP_PROTO_UDP, .src = BENCH_SERVER, .dst = load_be32(all)};
    size_t at = udp_build(udp, &h);

    memcpy(udp + at, bytes, n);
    at = rig_ip4(&b->net.host[0], frame, ip, udp, at + n);
    memcpy(frame, rig_everybody, 6);
    rig_input(&b->net.host[0], frame, at);
    net_step(&b->net);
}

static inline void bench_send(struct bench *b, const struct dhcp_msg *m)
{
    uint8_t bytes[DHCP_BYTES_MAX];
    size_t n = dhcp_build(bytes, sizeof bytes, m);

    CHECK(n > 0);
    bench_send_bytes(b, bytes, n);
}

static inline void bench_send_type(struct bench *b, enum dhcp_type type)
{
    struct dhcp_msg m = bench_answer(b, type);

    bench_send(b, &m);
}

/* Offer and acknowledge, until the probe for the address is over. */
static inline void bench_lease(struct bench *b)
{
    bench_send_type(b, DHCP_OFFER);
    bench_send_type(b, DHCP_ACK);
    net_run(&b->net, 2 * RIG_S);
    CHECK_EQ(b->n_reports[TARN_DHCP_BOUND], 1);
}

/* Is it in use on the client's port? */
static inline bool bench_has(const struct bench *b, uint32_t ip)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(b->net.host[0].st, &cursor, &a))
        if (a.port == RIG_PORT && tarn_ip_is4(&a.prefix.ip) && tarn_ip_to4(&a.prefix.ip) == ip)
            return (a.flags & (TARN_ADDRESS_TENTATIVE | TARN_ADDRESS_DUPLICATE)) == 0;
    return false;
}

/* The gateway of the route to exactly this network: host order; 0: on the link; -1: no such. */
static inline long long bench_via(const struct bench *b, uint32_t to, unsigned len)
{
    struct tarn_route r;
    uint32_t cursor = 0;

    while (tarn_route_next(b->net.host[0].st, &cursor, &r))
        if (r.origin == TARN_ORIGIN_DHCP && tarn_ip_is4(&r.to.ip) && tarn_ip_to4(&r.to.ip) == to &&
            r.to.len == 96 + len)
            return tarn_ip_is4(&r.via) ? tarn_ip_to4(&r.via) : 0;
    return -1;
}

/* The n-th resolver record; false: there are fewer. */
static inline bool bench_resolver(const struct bench *b, unsigned n, struct tarn_resolver *out)
{
    uint32_t cursor = 0;

    do
        if (!tarn_resolver_next(b->net.host[0].st, &cursor, out))
            return false;
    while (n-- > 0);
    return true;
}

#endif
