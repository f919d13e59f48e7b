/* tests/unit/app/dhcp6_bench.h - a DHCPv6 client on a stack with a link-local address, and a server
 * that the test plays by hand: what the client says is kept, and any message can be the answer. */
#ifndef TARN_TESTS_UNIT_APP_DHCP6_BENCH_H
#define TARN_TESTS_UNIT_APP_DHCP6_BENCH_H

#include "tests/unit/app/net.h"
#include "wire/dhcp6.h"
#include "wire/ip6.h"

struct bench6 {
    struct net net;
    struct dhcp6_msg said; /* the client's latest message */
    unsigned n_said[DHCP6_TYPES];
    unsigned n_reports[4];
    struct tarn_dhcp6_lease lease; /* the latest report's */
};

static const struct tarn_ip bench6_server = {{0xfe, 0x80, [15] = 1}};
static const struct tarn_ip bench6_client = {{0xfe, 0x80, [15] = 2}};
static const struct tarn_ip bench6_address = {{0x20, 0x01, 0x0d, 0xb8, [15] = 0x64}};
static const struct tarn_ip bench6_prefix = {{0x20, 0x01, 0x0d, 0xb8, 0, 1}};
static const struct tarn_ip bench6_dns = {{0x20, 0x01, 0x0d, 0xb8, [15] = 0x53}};

static inline void bench6_report(void *ctx, int what, const void *of, tarn_ns now)
{
    struct bench6 *b = ctx;

    (void)now;
    b->n_reports[what]++;
    b->lease = *(const struct tarn_dhcp6_lease *)of;
}

/* Every frame that the client's stack sends; none reaches anybody. */
static inline bool bench6_hear(void *ctx, unsigned from, const struct pkt *p)
{
    enum { UDP_AT = 14 + IP6_HEADER_BYTES };
    static const uint8_t all_servers[16] = {0xff, 2, [13] = 1, 0, 2};
    struct bench6 *b = ctx;
    uint8_t frame[1600];
    size_t n = pkt_copy_out(b->net.host[from].st, p, 0, frame, sizeof frame);

    if (n > UDP_AT + 8 && load_be16(frame + 12) == ETH_IP6 && frame[14 + 6] == 17 &&
        load_be16(frame + UDP_AT + 2) == DHCP6_SERVER_PORT) {
        CHECK(dhcp6_parse(&b->said, frame + UDP_AT + 8, n - UDP_AT - 8));
        CHECK_EQ(load_be16(frame + UDP_AT), DHCP6_CLIENT_PORT);
        CHECK_MEM(frame + 14 + 8, bench6_client.b, 16);
        CHECK_MEM(frame + 14 + 24, all_servers, 16);
        b->n_said[b->said.type]++;
    }
    return false;
}

/* A link-local address of the host, that need not be checked. */
static inline void bench6_local(struct net *net, unsigned host, const struct tarn_ip *ip)
{
    struct tarn_address a = {
        .port = RIG_PORT, .prefix = {.ip = *ip, .len = 64}, .flags = TARN_ADDRESS_NODAD};

    CHECK_EQ(tarn_address_add(net->host[host].st, &a, net->now, NULL), 0);
}

/* Without an address on the link. */
static inline void bench6_open_bare(struct bench6 *b, const struct tarn_dhcp6_config *config)
{
    struct tarn_service_with with = {
        .seed = 7, .config = config, .report = bench6_report, .report_ctx = b};

    *b = (struct bench6){0};
    net_open(&b->net, 1);
    b->net.passes = bench6_hear;
    b->net.ctx = b;
    CHECK_EQ(net_serve(&b->net, &service_dhcp6, 0, with), 0);
    net_step(&b->net);
}

static inline void bench6_open_with(struct bench6 *b, const struct tarn_dhcp6_config *config)
{
    bench6_open_bare(b, config);
    bench6_local(&b->net, 0, &bench6_client);
    for (unsigned i = 0; i < 100 && b->said.type == 0; i++)
        net_run(&b->net, 11 * RIG_MS);
}

/* It asks for an address. */
static inline void bench6_open(struct bench6 *b)
{
    struct tarn_dhcp6_config config = {.port = RIG_PORT, .mode = TARN_DHCP6_ADDRESS};

    bench6_open_with(b, &config);
    CHECK_EQ(b->n_said[DHCP6_SOLICIT], 1);
}

static inline void bench6_close(struct bench6 *b)
{
    net_close(&b->net);
}

/* The answer that a good server gives to what the client has said last. */
static inline struct dhcp6_msg bench6_answer(const struct bench6 *b, enum dhcp6_type type)
{
    struct dhcp6_msg m = {.type = (uint8_t)type,
                          .xid = b->said.xid,
                          .client = b->said.client,
                          .server = {.n = 5, .b = {0, 3, 0, 1, 9}},
                          .dns = {.n = 1, .ip = {bench6_dns}},
                          .n_search = 1};

    memcpy(m.search[0], "example.org", 12);
    m.n_ias = b->said.n_ias;
    for (unsigned i = 0; i < m.n_ias; i++) {
        struct dhcp6_ia *ia = &m.ia[i];
        bool na = b->said.ia[i].option == DHCP6_OPT_IA_NA;

        ia->option = b->said.ia[i].option;
        ia->iaid = b->said.ia[i].iaid;
        ia->t1_s = 900;
        ia->t2_s = 1440;
        ia->n = 1;
        ia->lease[0] = (struct dhcp6_lease){.ip = na ? bench6_address : bench6_prefix,
                                            .len = na ? 128 : 56,
                                            .preferred_s = 1800,
                                            .valid_s = 3600};
    }
    return m;
}

/* Bytes to the client's port, from the server; everything that follows happens. */
static inline void bench6_send_bytes(struct bench6 *b, const uint8_t *bytes, size_t n)
{
    uint8_t frame[1700];
    struct udp_hdr h = {.src_port = DHCP6_SERVER_PORT,
                        .dst_port = DHCP6_CLIENT_PORT,
                        .bytes = (uint16_t)(n + UDP_HEADER_BYTES)};
    struct ip6_hdr ip = {.next = 17, .hops = 64, .payload_bytes = (uint16_t)(n + UDP_HEADER_BYTES)};
    size_t at = rig_eth(frame, b->net.host[0].mac, ETH_IP6), udp_at;

    memcpy(ip.src, bench6_server.b, 16);
    memcpy(ip.dst, bench6_client.b, 16);
    at += ip6_build(frame + at, &ip);
    udp_at = at;
    at += udp_build(frame + at, &h);
    memcpy(frame + at, bytes, n);
    at += n;
    store_be16(frame + udp_at + UDP_CHECKSUM_OFFSET,
               udp_checksum(sum_partial(frame + udp_at, at - udp_at,
                                        ip6_pseudo_sum(ip.src, ip.dst, 17, h.bytes))));
    rig_input(&b->net.host[0], frame, at);
    net_step(&b->net);
}

static inline void bench6_send(struct bench6 *b, const struct dhcp6_msg *m)
{
    uint8_t bytes[DHCP6_BYTES_MAX];
    size_t n = dhcp6_build(bytes, sizeof bytes, m);

    CHECK(n > 0);
    bench6_send_bytes(b, bytes, n);
}

static inline void bench6_send_type(struct bench6 *b, enum dhcp6_type type)
{
    struct dhcp6_msg m = bench6_answer(b, type);

    bench6_send(b, &m);
}

/* Advertise at once, and grant what is asked for; until the address is known to be free. */
static inline void bench6_bind(struct bench6 *b)
{
    struct dhcp6_msg m = bench6_answer(b, DHCP6_ADVERTISE);

    m.has = DHCP6_HAS_PREFERENCE;
    m.preference = 255;
    bench6_send(b, &m);
    bench6_send_type(b, DHCP6_REPLY);
    net_run(&b->net, 4 * RIG_S);
    CHECK_EQ(b->n_reports[TARN_DHCP6_BOUND], 1);
}

/* Is it on the port, and may it be used? */
static inline bool bench6_has(const struct net *net, unsigned host, const struct tarn_ip *ip)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(net->host[host].st, &cursor, &a))
        if (tarn_ip_equal(&a.prefix.ip, ip))
            return (a.flags & (TARN_ADDRESS_TENTATIVE | TARN_ADDRESS_DUPLICATE)) == 0;
    return false;
}

static inline unsigned bench6_resolvers(const struct net *net, unsigned host)
{
    struct tarn_resolver r;
    uint32_t cursor = 0;
    unsigned n = 0;

    while (tarn_resolver_next(net->host[host].st, &cursor, &r))
        n += r.origin == TARN_ORIGIN_DHCP;
    return n;
}

#endif
