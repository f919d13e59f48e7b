/* tests/unit/app/dhcp6d_test.c - the DHCPv6 server: our client against it, and single requests by
 * hand (RFC 9915 18.3). */
#include "tests/unit/app/dhcp6_bench.h"

static struct net net;
static unsigned n_bound, n_lost;
static struct tarn_dhcp6_lease lease;

/* By hand: a socket of host 1, and the server's latest answer. */
static tarn_sock by_hand;
static struct dhcp6_msg heard;
static unsigned n_heard;

static const struct tarn_ip local[3] = {
    {{0xfe, 0x80, [15] = 1}}, {{0xfe, 0x80, [15] = 2}}, {{0xfe, 0x80, [15] = 3}}};

static struct tarn_dhcp6d_config config_of(uint8_t n)
{
    struct tarn_dhcp6d_config c = {.port = RIG_PORT,
                                   .first = bench6_address,
                                   .last = bench6_address,
                                   .delegated = {.ip = bench6_prefix, .len = 48},
                                   .delegated_len = 52,
                                   .dns = {bench6_dns},
                                   .n_dns = 1,
                                   .domain = "example.org",
                                   .preferred_s = 400,
                                   .valid_s = 600};

    c.last.b[15] = (uint8_t)(c.first.b[15] + n - 1);
    return c;
}

static unsigned hear(void *ctx, struct net *of)
{
    uint8_t bytes[DHCP6_BYTES_MAX];
    long n;
    unsigned any = 0;

    (void)ctx;
    while ((n = tarn_recv(of->host[1].st, by_hand, bytes, sizeof bytes, of->now)) > 0) {
        CHECK(dhcp6_parse(&heard, bytes, (size_t)n));
        n_heard++;
        any++;
    }
    return any;
}

static void open_with(unsigned hosts, const struct tarn_dhcp6d_config *config)
{
    n_heard = n_bound = n_lost = 0;
    net_open(&net, hosts);
    for (unsigned i = 0; i < hosts; i++)
        bench6_local(&net, i, &local[i]);
    CHECK_EQ(net_serve(&net, &service_dhcp6d, 0,
                       (struct tarn_service_with){.seed = 1, .config = config}),
             0);
    net_step(&net);
}

/* Host 1 is played by hand. */
static void open_by_hand(const struct tarn_dhcp6d_config *config)
{
    struct tarn_addr own = {.ip = local[1], .zone = RIG_PORT + 1, .port = DHCP6_CLIENT_PORT};

    open_with(2, config);
    CHECK_EQ(tarn_open(net.host[1].st, TARN_INET6, TARN_DGRAM, 0, 0, &by_hand), 0);
    CHECK_EQ(tarn_bind(net.host[1].st, by_hand, &own), 0);
    net.play = hear;
}

static void count(void *ctx, int what, const void *of, tarn_ns now)
{
    (void)ctx;
    (void)now;
    n_bound += what == TARN_DHCP6_BOUND;
    n_lost += what == TARN_DHCP6_LOST;
    lease = *(const struct tarn_dhcp6_lease *)of;
}

static void open_client(unsigned host, bool delegation)
{
    struct tarn_dhcp6_config config = {
        .port = RIG_PORT, .mode = TARN_DHCP6_ADDRESS, .delegation = delegation};
    struct tarn_service_with with = {.seed = host, .config = &config, .report = count};

    CHECK_EQ(net_serve(&net, &service_dhcp6, host, with), 0);
    net_run(&net, 5 * RIG_S);
}

TEST(dhcp6d, clients_get_different_addresses_and_prefixes_and_keep_them)
{
    struct tarn_dhcp6d_config config = config_of(4);
    struct tarn_dhcp6_lease first;

    open_with(3, &config);
    open_client(1, true);
    first = lease;
    open_client(2, true);
    CHECK_EQ(n_bound, 2);
    CHECK(!tarn_ip_equal(&first.address, &lease.address));
    CHECK(!tarn_ip_equal(&first.delegated.ip, &lease.delegated.ip));
    CHECK_MEM(lease.address.b, bench6_address.b, 15);
    CHECK_EQ(lease.delegated.len, 52);
    CHECK_MEM(lease.delegated.ip.b, bench6_prefix.b, 6);
    CHECK_EQ(lease.delegated.ip.b[6] & 0x0f, 0);
    CHECK_EQ(bench6_resolvers(&net, 1), 2);
    net_run(&net, 5000 * RIG_S);
    CHECK(bench6_has(&net, 1, &first.address));
    CHECK_EQ(n_lost, 0);
    net_end(&net, 1);
    net_run(&net, RIG_S);
    CHECK(!bench6_has(&net, 1, &first.address));
    open_client(1, false);
    CHECK(bench6_has(&net, 1, &first.address));
    net_close(&net);
}

TEST(dhcp6d, an_empty_pool_says_so_until_an_address_is_released)
{
    struct tarn_dhcp6d_config config = config_of(1);

    open_with(3, &config);
    open_client(1, false);
    open_client(2, false);
    CHECK_EQ(n_bound, 1);
    net_end(&net, 1);
    net_run(&net, 200 * RIG_S);
    CHECK_EQ(n_bound, 2);
    CHECK(bench6_has(&net, 2, &bench6_address));
    net_close(&net);
}

TEST(dhcp6d, an_address_ends_when_its_server_is_gone)
{
    struct tarn_dhcp6d_config config = config_of(4);

    open_with(2, &config);
    open_client(1, false);
    net_end(&net, 0);
    net_run(&net, 590 * RIG_S);
    CHECK_EQ(n_lost, 0);
    net_run(&net, 20 * RIG_S);
    CHECK_EQ(n_lost, 1);
    CHECK_EQ(bench6_resolvers(&net, 1), 0);
    net_close(&net);
}

TEST(dhcp6d, a_restarted_server_grants_what_is_free_when_a_client_rebinds)
{
    struct tarn_dhcp6d_config config = config_of(4);
    struct tarn_dhcp6_lease first;

    open_with(2, &config);
    open_client(1, false);
    first = lease;
    net_end(&net, 0);
    net_run(&net, 330 * RIG_S);
    CHECK_EQ(net_serve(&net, &service_dhcp6d, 0,
                       (struct tarn_service_with){.seed = 2, .config = &config}),
             0);
    net_run(&net, 200 * RIG_S);
    CHECK_EQ(n_lost, 0);
    CHECK(n_bound >= 2);
    CHECK(bench6_has(&net, 1, &first.address));
    net_close(&net);
}

/* ---- By hand ---- */

static struct dhcp6_msg ask(enum dhcp6_type type, uint8_t client)
{
    struct dhcp6_msg m = {.type = (uint8_t)type,
                          .xid = 0x123456,
                          .client = {.n = 4, .b = {0, 3, 9, client}},
                          .n_ias = 1};

    m.ia[0].option = DHCP6_OPT_IA_NA;
    m.ia[0].iaid = 7;
    return m;
}

/* Hand it to the server; was it answered? */
static bool tell(const struct dhcp6_msg *m)
{
    static const struct tarn_ip all_servers = {{0xff, 2, [13] = 1, 0, 2}};
    struct tarn_addr to = {.ip = all_servers, .zone = RIG_PORT + 1, .port = DHCP6_SERVER_PORT};
    uint8_t bytes[DHCP6_BYTES_MAX];
    struct tarn_iov iov = {.base = bytes, .len = dhcp6_build(bytes, sizeof bytes, m)};
    struct tarn_msg msg = {.iov = &iov, .n_iov = 1, .name = &to};
    unsigned before = n_heard;

    CHECK(iov.len > 0);
    CHECK_EQ(tarn_sendmsg(net.host[1].st, by_hand, &msg, net.now), (long)iov.len);
    net_run(&net, RIG_MS);
    return n_heard != before;
}

/* The server's own, and what it has granted last. */
static void take_over(struct dhcp6_msg *m)
{
    m->server = heard.server;
    m->ia[0] = heard.ia[0];
}

static void get_lease(uint8_t client)
{
    struct dhcp6_msg m = ask(DHCP6_SOLICIT, client);

    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP6_ADVERTISE);
    m = ask(DHCP6_REQUEST, client);
    take_over(&m);
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP6_REPLY);
    CHECK_EQ(heard.ia[0].n, 1);
}

TEST(dhcp6d, an_answer_holds_what_the_configuration_says)
{
    struct tarn_dhcp6d_config config = config_of(4);
    struct dhcp6_msg m = ask(DHCP6_SOLICIT, 1);

    open_by_hand(&config);
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP6_ADVERTISE);
    CHECK_EQ(heard.xid, 0x123456);
    CHECK_MEM(&heard.client, &m.client, 5);
    CHECK_EQ(heard.server.n, 10);
    CHECK_EQ(heard.ia[0].iaid, 7);
    CHECK_EQ(heard.ia[0].t1_s, 200);
    CHECK_EQ(heard.ia[0].t2_s, 320);
    CHECK_EQ(heard.ia[0].lease[0].preferred_s, 400);
    CHECK_EQ(heard.ia[0].lease[0].valid_s, 600);
    CHECK_EQ(heard.dns.n, 1);
    CHECK_STR(heard.search[0], "example.org");
    m.has |= DHCP6_HAS_RAPID_COMMIT;
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP6_REPLY);
    CHECK((heard.has & DHCP6_HAS_RAPID_COMMIT) != 0);
    net_close(&net);
}

TEST(dhcp6d, identifiers_must_be_those_that_a_type_has)
{
    struct tarn_dhcp6d_config config = config_of(4);
    struct dhcp6_msg m, good;

    open_by_hand(&config);
    m = ask(DHCP6_SOLICIT, 1);
    CHECK(tell(&m));
    good = heard;
    m.server = good.server; /* a solicitation names no server */
    CHECK(!tell(&m));
    m = ask(DHCP6_SOLICIT, 1);
    m.client.n = 0;
    CHECK(!tell(&m));
    m = ask(DHCP6_REQUEST, 1); /* names none */
    CHECK(!tell(&m));
    m.server = good.server;
    m.server.b[9] ^= 1; /* another */
    CHECK(!tell(&m));
    m = ask(DHCP6_REBIND, 1);
    m.server = good.server;
    CHECK(!tell(&m));
    m = ask(DHCP6_INFORMATION_REQUEST, 1); /* with an association */
    CHECK(!tell(&m));
    m = ask(DHCP6_REPLY, 1);
    CHECK(!tell(&m));
    net_close(&net);
}

TEST(dhcp6d, configuration_alone_is_told_to_anybody)
{
    struct tarn_dhcp6d_config config = config_of(4);
    struct dhcp6_msg m = ask(DHCP6_INFORMATION_REQUEST, 1);

    memset(&config.first, 0, sizeof config.first);
    config.delegated.len = 0;
    open_by_hand(&config);
    m.n_ias = 0;
    m.client.n = 0;
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP6_REPLY);
    CHECK_EQ(heard.dns.n, 1);
    m = ask(DHCP6_SOLICIT, 1);
    CHECK(tell(&m));
    CHECK_EQ(heard.ia[0].status, DHCP6_NO_ADDRS);
    m.ia[0].option = DHCP6_OPT_IA_PD;
    CHECK(tell(&m));
    CHECK_EQ(heard.ia[0].status, DHCP6_NO_PREFIX);
    m = ask(DHCP6_CONFIRM, 1);
    CHECK(!tell(&m));
    net_close(&net);
}

TEST(dhcp6d, renewal_is_for_the_holder)
{
    struct tarn_dhcp6d_config config = config_of(4);
    struct dhcp6_msg m;

    open_by_hand(&config);
    get_lease(1);
    m = ask(DHCP6_RENEW, 1);
    take_over(&m);
    m.ia[0].n = 2; /* with one that it does not have */
    m.ia[0].lease[1] = m.ia[0].lease[0];
    m.ia[0].lease[1].ip.b[0] = 0x30;
    CHECK(tell(&m));
    CHECK_EQ(heard.ia[0].n, 2);
    CHECK_EQ(heard.ia[0].lease[0].valid_s, 600);
    CHECK_EQ(heard.ia[0].lease[1].valid_s, 0);
    m = ask(DHCP6_RENEW, 2);
    take_over(&m);
    CHECK(tell(&m));
    CHECK_EQ(heard.ia[0].status, DHCP6_NO_BINDING);
    CHECK_EQ(heard.ia[0].n, 0);
    net_close(&net);
}

TEST(dhcp6d, release_and_decline_are_for_the_holder)
{
    struct tarn_dhcp6d_config config = config_of(1);
    struct dhcp6_msg m;

    open_by_hand(&config);
    get_lease(1);
    m = ask(DHCP6_RELEASE, 2);
    take_over(&m);
    CHECK(tell(&m));
    CHECK_EQ(heard.ia[0].status, DHCP6_NO_BINDING);
    m = ask(DHCP6_SOLICIT, 2);
    CHECK(tell(&m));
    CHECK_EQ(heard.ia[0].status, DHCP6_NO_ADDRS);
    get_lease(1);
    m = ask(DHCP6_RELEASE, 1);
    take_over(&m);
    CHECK(tell(&m));
    CHECK((heard.has & DHCP6_HAS_STATUS) != 0 && heard.status == DHCP6_SUCCESS);
    get_lease(2);
    m = ask(DHCP6_DECLINE, 2);
    take_over(&m);
    CHECK(tell(&m));
    m = ask(DHCP6_SOLICIT, 2);
    CHECK(tell(&m));
    CHECK_EQ(heard.ia[0].status, DHCP6_NO_ADDRS);
    net_run(&net, 601 * RIG_S);
    CHECK(tell(&m));
    CHECK_EQ(heard.ia[0].n, 1);
    net_close(&net);
}

TEST(dhcp6d, confirmation_tells_whether_an_address_is_of_this_link)
{
    struct tarn_dhcp6d_config config = config_of(4);
    struct dhcp6_msg m = ask(DHCP6_CONFIRM, 1);

    open_by_hand(&config);
    m.ia[0].n = 1;
    m.ia[0].lease[0] = (struct dhcp6_lease){.ip = bench6_address, .len = 128};
    CHECK(tell(&m));
    CHECK((heard.has & DHCP6_HAS_STATUS) != 0);
    CHECK_EQ(heard.status, DHCP6_SUCCESS);
    m.ia[0].lease[0].ip.b[7] = 9;
    CHECK(tell(&m));
    CHECK_EQ(heard.status, DHCP6_NOT_ON_LINK);
    net_close(&net);
}

TEST(dhcp6d, prefixes_follow_each_other_at_their_length)
{
    struct tarn_dhcp6d_config config = config_of(1);
    unsigned seen = 0;

    config.delegated.len = 61;
    config.delegated_len = 64;
    open_by_hand(&config);
    for (uint8_t i = 0; i < 9; i++) {
        struct dhcp6_msg m = ask(DHCP6_SOLICIT, i);

        m.ia[0].option = DHCP6_OPT_IA_PD;
        CHECK(tell(&m));
        if (i == 8) {
            CHECK_EQ(heard.ia[0].status, DHCP6_NO_PREFIX);
            continue;
        }
        CHECK_EQ(heard.ia[0].lease[0].len, 64);
        CHECK_MEM(heard.ia[0].lease[0].ip.b, bench6_prefix.b, 7);
        seen |= 1u << heard.ia[0].lease[0].ip.b[7];
    }
    CHECK_EQ(seen, 255);
    net_close(&net);
}

TEST(dhcp6d, a_configuration_that_cannot_be_is_refused)
{
    struct tarn_dhcp6d_config bad[7];

    for (unsigned i = 0; i < 7; i++)
        bad[i] = config_of(4);
    bad[0].last = bench6_dns; /* before the first */
    bad[1].last.b[4] = 7;     /* too many */
    bad[2].delegated_len = 40;
    bad[3].delegated_len = 129;
    bad[4].domain = "two words";
    bad[5].preferred_s = 700;
    bad[6].port = 9;
    net_open(&net, 1);
    for (unsigned i = 0; i < 7; i++)
        CHECK_EQ(net_serve(&net, &service_dhcp6d, 0, (struct tarn_service_with){.config = &bad[i]}),
                 -TARN_EINVAL);
    net_close(&net);
}
