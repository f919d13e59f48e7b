/* tests/unit/app/radv_test.c - the router advertiser on host 0; what it sends is read by a raw
 * socket on host 1, and believed by host 1's stack where a test lets it. */
#include "tests/unit/app/net.h"
#include "wire/icmp6.h"
#include "wire/nd.h"

enum { SEEN = 64 };

struct bench {
    struct net net;
    tarn_sock raw;
    tarn_ns at[SEEN];
    unsigned n;
    uint8_t last[ND_MAX_BYTES];
    size_t last_bytes;
    struct tarn_addr from;
    struct tarn_info info;
};

static struct bench bench;

static const struct tarn_prefix net64 = {{{0x20, 1, 0xd, 0xb8, 0, 7}}, 64};

static unsigned play(void *ctx, struct net *net)
{
    struct bench *b = ctx;
    struct tarn_iov iov = {.base = b->last, .len = sizeof b->last};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &b->from, .info = &b->info};
    unsigned n = 0;
    long got;

    for (; (got = tarn_recvmsg(net->host[1].st, b->raw, &m, net->now)) >= 0; n++) {
        CHECK(b->n < SEEN);
        b->at[b->n++] = net->now;
        b->last_bytes = (size_t)got;
    }
    return n;
}

static struct tarn_radv_config sample(void)
{
    struct tarn_radv_config c = {
        .port = RIG_PORT, .n_prefixes = 1, .lifetime_s = 1800, .mtu = 1400, .hop_limit = 61};

    c.prefix[0] = (struct tarn_radv_prefix){net64, true, true, 1800, 3600};
    return c;
}

static void listen_on(struct bench *b, uint8_t type)
{
    struct tarn *st = b->net.host[1].st;
    uint32_t refuse[8];

    memset(refuse, 0xff, sizeof refuse);
    refuse[type / 32] &= ~(UINT32_C(1) << type % 32);
    CHECK_EQ(tarn_open(st, TARN_INET6, TARN_RAW, TARN_IPPROTO_ICMPV6, 0, &b->raw), 0);
    CHECK_EQ(tarn_set_icmp6_filter(st, b->raw, refuse), 0);
    CHECK_EQ(tarn_setopt(st, b->raw, TARN_SO_RECV_TTL, 1, b->net.now), 0);
    CHECK_EQ(tarn_setopt(st, b->raw, TARN_SO_RECV_PKTINFO, 1, b->net.now), 0);
}

static struct bench *bench_open(const struct tarn_radv_config *c)
{
    struct bench *b = &bench;
    struct tarn_service_with with = {.seed = 3, .config = c};

    *b = (struct bench){0};
    net_open(&b->net, 2);
    (void)net_link_local(&b->net, 0);
    (void)net_link_local(&b->net, 1);
    listen_on(b, ICMP6_ROUTER_ADVERT);
    b->net.play = play;
    b->net.ctx = b;
    CHECK_EQ(net_serve(&b->net, &service_radv, 0, with), 0);
    return b;
}

static void solicit(struct bench *b, uint8_t hops)
{
    struct nd_msg m = {.type = ICMP6_ROUTER_SOLICIT};
    uint8_t p[64];
    struct writer w = wr_init(p, sizeof p);
    struct tarn_iov iov = {.base = p};
    struct tarn_addr to = {.ip = {{0xff, 2, [15] = 2}}, .zone = RIG_PORT + 1};
    struct tarn_info info = {.has = TARN_INFO_TTL, .ttl = hops};
    struct tarn_msg msg = {.iov = &iov, .n_iov = 1, .name = &to, .info = &info};

    nd_put(&w, &m);
    iov.len = (size_t)(w.at - p);
    CHECK_EQ(tarn_sendmsg(b->net.host[1].st, b->raw, &msg, b->net.now), iov.len);
}

TEST(radv, an_advertisement_says_what_is_configured)
{
    static const struct tarn_ip server = {{0x20, 1, 0xd, 0xb8, [15] = 0x53}};
    struct tarn_radv_config c = sample();
    struct nd_option o, dnssl = {0};
    struct nd_prefix p = {0};
    struct nd_route route = {0};
    struct bench *b;
    struct nd_msg m;
    uint8_t ip[16] = {0};
    char name[ND_DOMAIN_BYTES] = "";
    uint32_t lifetime_s = 0;
    size_t at = 0;

    c.n_routes = c.n_dns = 1;
    c.route[0] = (struct tarn_radv_route){{{{0xfd}}, 8}, TARN_ROUTE_HIGH, 900};
    c.dns[0] = server;
    c.domain = "example.net";
    c.managed = true;
    c.preference = TARN_ROUTE_LOW;
    c.reachable_ms = 20000;
    c.retrans_ms = 2000;
    b = bench_open(&c);
    net_run(&b->net, RIG_S);
    CHECK_EQ(b->n, 1);
    CHECK_EQ(b->info.ttl, 255);
    CHECK(b->info.local.b[0] == 0xff && b->info.local.b[1] == 2 && b->info.local.b[15] == 1);
    CHECK(tarn_ip_is_link_local(&b->from.ip) && b->from.ip.b[15] == 1);
    CHECK_EQ(nd_parse(&m, b->last, b->last_bytes), WIRE_OK);
    CHECK(m.hops == 61 && m.managed && !m.other && m.preference == TARN_ROUTE_LOW);
    CHECK(m.lifetime_s == 1800 && m.reachable_ms == 20000 && m.retrans_ms == 2000);
    CHECK(m.mtu == 1400 && m.has_source_mac);
    CHECK_MEM(m.source_mac, b->net.host[0].mac, 6);
    while (nd_option_next(&m, &at, &o)) {
        if (o.type == ND_PREFIX)
            CHECK(nd_prefix_parse(&p, &o));
        if (o.type == ND_ROUTE)
            CHECK(nd_route_parse(&route, &o));
        if (o.type == ND_RDNSS)
            CHECK(nd_rdnss_parse(&o, 0, ip, &lifetime_s));
        if (o.type == ND_DNSSL)
            dnssl = o;
    }
    CHECK(p.len == 64 && p.on_link && p.autonomous && p.valid_s == 3600 && p.preferred_s == 1800);
    CHECK_MEM(p.prefix, net64.ip.b, 16);
    CHECK(route.len == 8 && route.preference == TARN_ROUTE_HIGH && route.lifetime_s == 900);
    CHECK_MEM(ip, server.b, 16);
    CHECK_EQ(lifetime_s, 1800);
    at = 0;
    CHECK(dnssl.n > 0 && nd_dnssl_next(&dnssl, &at, name, &lifetime_s));
    CHECK_STR(name, "example.net");
    net_close(&b->net);
}

/* RFC 4861 6.2.4: the first ones come quickly, the others between a third of the interval and all
 * of it. */
TEST(radv, times_are_random_in_their_bounds)
{
    struct tarn_radv_config c = sample();
    struct bench *b = bench_open(&c);
    tarn_ns least = TARN_NEVER, most = 0;

    net_run(&b->net, 8000 * RIG_S);
    CHECK(b->n > 14);
    for (unsigned i = 1; i < b->n; i++) {
        tarn_ns gap = b->at[i] - b->at[i - 1];

        CHECK(gap >= 3 * RIG_S && gap <= (i <= 3 ? 16 : 600) * RIG_S);
        CHECK(i <= 3 || gap >= 200 * RIG_S);
        least = i > 3 && gap < least ? gap : least;
        most = i > 3 && gap > most ? gap : most;
    }
    CHECK(most - least > 60 * RIG_S);
    net_close(&b->net);
}

TEST(radv, a_solicitation_is_answered_within_half_a_second)
{
    struct tarn_radv_config c = sample();
    struct bench *b = bench_open(&c);
    tarn_ns asked;
    unsigned before;

    net_run(&b->net, 100 * RIG_S);
    before = b->n;
    asked = b->net.now;
    solicit(b, 255);
    solicit(b, 255);
    net_run(&b->net, 2 * RIG_S);
    CHECK_EQ(b->n, before + 1);
    CHECK(b->at[before] - asked <= 500 * RIG_MS);
    net_close(&b->net);
}

TEST(radv, never_two_within_three_seconds)
{
    struct tarn_radv_config c = sample();
    struct bench *b = bench_open(&c);

    for (unsigned i = 0; i < 200; i++) {
        solicit(b, 255);
        net_run(&b->net, 100 * RIG_MS);
    }
    CHECK(b->n >= 5 && b->n <= 8);
    for (unsigned i = 1; i < b->n; i++)
        CHECK(b->at[i] - b->at[i - 1] >= 3 * RIG_S);
    net_close(&b->net);
}

TEST(radv, a_solicitation_from_beyond_is_ignored)
{
    struct tarn_radv_config c = sample();
    struct bench *b = bench_open(&c);
    unsigned before;

    net_run(&b->net, 100 * RIG_S);
    before = b->n;
    solicit(b, 254);
    net_run(&b->net, 2 * RIG_S);
    CHECK_EQ(b->n, before);
    net_close(&b->net);
}

/* RFC 4861 6.2.5. */
TEST(radv, the_last_one_takes_the_router_back)
{
    struct tarn_radv_config c = sample();
    struct bench *b = bench_open(&c);
    struct nd_msg m;

    net_run(&b->net, 2 * RIG_S);
    net_end(&b->net, 0);
    net_run(&b->net, 2 * RIG_S);
    CHECK_EQ(b->n, 2);
    CHECK_EQ(nd_parse(&m, b->last, b->last_bytes), WIRE_OK);
    CHECK_EQ(m.lifetime_s, 0);
    net_close(&b->net);
}

TEST(radv, nothing_is_sent_before_the_address_is_sure)
{
    struct tarn_radv_config c = sample();
    struct tarn_address a = {.port = RIG_PORT};
    struct bench *b = &bench;

    *b = (struct bench){0};
    net_open(&b->net, 2);
    (void)net_link_local(&b->net, 1);
    listen_on(b, ICMP6_ROUTER_ADVERT);
    b->net.play = play;
    b->net.ctx = b;
    CHECK_EQ(net_serve(&b->net, &service_radv, 0, (struct tarn_service_with){.config = &c}), 0);
    net_run(&b->net, 10 * RIG_S);
    CHECK_EQ(b->n, 0);
    a.prefix = (struct tarn_prefix){.ip = {{0xfe, 0x80, [15] = 1}}, .len = 64};
    CHECK_EQ(tarn_address_add(b->net.host[0].st, &a, b->net.now, NULL), 0);
    net_run(&b->net, 500 * RIG_MS);
    CHECK_EQ(b->n, 0);
    net_run(&b->net, 2 * RIG_S);
    CHECK_EQ(b->n, 1);
    net_close(&b->net);
}

/* Nothing depends on when else tick() is called. */
TEST(radv, an_early_tick_changes_nothing)
{
    struct tarn_radv_config c = sample();
    tarn_ns at[2][8] = {{0}};

    for (unsigned i = 0; i < 2; i++) {
        struct bench *b = bench_open(&c);

        b->net.impatient = i == 1;
        net_run(&b->net, 20 * RIG_S);
        solicit(b, 255);
        net_run(&b->net, 40 * RIG_S);
        CHECK(b->n >= 3 && b->n <= 8);
        memcpy(at[i], b->at, b->n * sizeof b->at[0]);
        net_close(&b->net);
    }
    CHECK_MEM(at[0], at[1], sizeof at[0]);
}

TEST(radv, a_bad_configuration_is_refused)
{
    struct tarn_radv_config bad[10];
    struct net net;

    for (unsigned i = 0; i < 10; i++)
        bad[i] = sample();
    bad[0].interval_s = 3;
    bad[1].interval_s = 1801;
    bad[2].mtu = 1279;
    bad[3].lifetime_s = 599; /* below the interval */
    bad[4].lifetime_s = 9001;
    bad[5].prefix[0].prefix.len = 129;
    bad[6].prefix[0].preferred_s = 3601;
    bad[7].n_prefixes = 9;
    bad[8].port = 7;
    bad[9].domain = "a..b";
    net_open(&net, 1);
    for (unsigned i = 0; i < 10; i++)
        CHECK_EQ(net_serve(&net, &service_radv, 0, (struct tarn_service_with){.config = &bad[i]}),
                 -TARN_EINVAL);
    net_close(&net);
}

/* The stack of host 1 makes itself an address and a route of what it hears. */
TEST(radv, a_host_configures_itself)
{
    struct tarn_radv_config c = sample();
    struct tarn_port_info info;
    struct tarn_address a;
    struct tarn_route r;
    struct bench *b = bench_open(&c);
    struct tarn *st = b->net.host[1].st;
    uint32_t cursor = 0;
    bool addressed = false, routed = false;

    CHECK_EQ(tarn_param_set(st, "ip6.autoconf", 1), 0);
    CHECK_EQ(tarn_port_get(st, RIG_PORT, &info), 0);
    info.up = false;
    CHECK_EQ(tarn_port_set(st, RIG_PORT, &info, b->net.now, NULL), 0);
    info.up = true;
    CHECK_EQ(tarn_port_set(st, RIG_PORT, &info, b->net.now, NULL), 0);
    net_run(&b->net, 10 * RIG_S);
    while (tarn_address_next(st, &cursor, &a))
        addressed =
            addressed || (memcmp(a.prefix.ip.b, net64.ip.b, 8) == 0 && a.origin == TARN_ORIGIN_RA);
    for (cursor = 0; tarn_route_next(st, &cursor, &r);)
        routed = routed || (r.to.len == 0 && tarn_ip_is_link_local(&r.via) && r.via.b[15] == 1);
    CHECK(addressed && routed);
    net_close(&b->net);
}
