/* tests/unit/app/dhcp_test.c - the DHCP client in virtual time: how a lease comes, goes on and
 * ends, and what of it is in the stack (RFC 2131 4.4). */
#include "tests/unit/app/dhcp_bench.h"

static struct bench b;

TEST(dhcp, a_lease_is_asked_for_as_rfc_2131_says)
{
    const struct dhcp_msg *m = &b.said;

    bench_open_with(&b, &(struct tarn_dhcp_config){.port = RIG_PORT, .hostname = "alp"});
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 1);
    CHECK_EQ(m->op, DHCP_BOOTREQUEST);
    CHECK_EQ(b.said_to, UINT32_MAX);
    CHECK(m->broadcast);
    CHECK_EQ(m->ciaddr, 0);
    CHECK_STR(m->hostname, "alp");
    CHECK_EQ(m->client_id.n, 7);
    CHECK_EQ(m->client_id.b[0], 1);
    CHECK_MEM(m->client_id.b + 1, b.net.host[0].mac, 6);
    CHECK_MEM(m->chaddr, b.net.host[0].mac, 6);
    CHECK_EQ(m->max_bytes, 1500);
    CHECK(m->params.n > 5);
    bench_send_type(&b, DHCP_OFFER);
    CHECK_EQ(b.n_said[DHCP_REQUEST], 1);
    CHECK_EQ(b.said_to, UINT32_MAX);
    CHECK_EQ(m->server, BENCH_SERVER);
    CHECK_EQ(m->requested, BENCH_ADDRESS);
    CHECK_EQ(m->ciaddr, 0);
    bench_close(&b);
}

TEST(dhcp, a_lease_is_in_the_stack_until_it_is_released)
{
    struct tarn_resolver res;

    bench_open(&b);
    bench_lease(&b);
    CHECK(bench_has(&b, BENCH_ADDRESS));
    CHECK_EQ(bench_via(&b, 0, 0), BENCH_SERVER);
    CHECK(bench_resolver(&b, 1, &res));
    CHECK_EQ(tarn_ip_to4(&res.server.ip), 0x0a000002);
    CHECK_EQ(res.origin, TARN_ORIGIN_DHCP);
    CHECK(bench_resolver(&b, 2, &res));
    CHECK_STR(res.domain, "example.org");
    CHECK_EQ(b.lease.address.len, 96 + 24);
    CHECK_EQ(b.lease.lease_s, 3600);
    CHECK_EQ(b.lease.t1_s, 1800);
    CHECK_EQ(b.lease.t2_s, 3150);
    CHECK_EQ(tarn_ip_to4(&b.lease.router), BENCH_SERVER);
    rig_introduce(&b.net.host[0]);
    CHECK_EQ(tarn_neigh_set(b.net.host[0].st,
                            &(struct tarn_neigh){.ip = tarn_ip4(BENCH_SERVER), .port = RIG_PORT},
                            b.net.now, NULL),
             0);
    net_end(&b.net, 0);
    net_step(&b.net);
    CHECK_EQ(b.n_said[DHCP_RELEASE], 1);
    CHECK_EQ(b.said.ciaddr, BENCH_ADDRESS);
    CHECK_EQ(b.said.server, BENCH_SERVER);
    CHECK_EQ(b.said_to, BENCH_SERVER);
    CHECK(!bench_has(&b, BENCH_ADDRESS));
    CHECK_EQ(bench_via(&b, 0, 0), -1);
    CHECK(!bench_resolver(&b, 0, &res));
    bench_close(&b);
}

TEST(dhcp, unanswered_messages_are_repeated_after_4_8_16_32_64_and_64_seconds)
{
    static const unsigned gaps_s[] = {4, 8, 16, 32, 64, 64, 64};
    uint32_t xid;

    bench_open(&b);
    xid = b.said.xid;
    for (unsigned i = 0; i < sizeof gaps_s / sizeof gaps_s[0]; i++) {
        tarn_ns began = b.net.now;

        CHECK_EQ(b.n_said[DHCP_DISCOVER], i + 1);
        while (b.n_said[DHCP_DISCOVER] == i + 1)
            net_run(&b.net, 50 * RIG_MS);
        CHECK(b.net.now - began >= (gaps_s[i] - 1) * RIG_S - 100 * RIG_MS);
        CHECK(b.net.now - began <= (gaps_s[i] + 1) * RIG_S + 100 * RIG_MS);
        CHECK_EQ(b.said.xid, xid);
    }
    CHECK(b.said.secs > 180);
    CHECK_EQ(b.n_reports[TARN_DHCP_NO_SERVER], 1);
    bench_close(&b);
}

TEST(dhcp, a_request_that_nobody_answers_leads_back_to_discovery)
{
    bench_open(&b);
    bench_send_type(&b, DHCP_OFFER);
    for (unsigned s = 0; s < 70 && b.n_said[DHCP_DISCOVER] == 1; s++)
        net_run(&b.net, RIG_S);
    CHECK_EQ(b.n_said[DHCP_REQUEST], 4);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 2);
    bench_lease(&b);
    bench_close(&b);
}

/* The frames to the server need its link address. */
static void know_server(void)
{
    struct tarn_neigh n = {.ip = tarn_ip4(BENCH_SERVER), .port = RIG_PORT};

    memcpy(n.mac, rig_peer_mac, 6);
    CHECK_EQ(tarn_neigh_set(b.net.host[0].st, &n, b.net.now, NULL), 0);
}

TEST(dhcp, t1_asks_the_server_t2_asks_all_and_the_end_takes_the_address)
{
    unsigned requests;

    bench_open(&b);
    bench_lease(&b);
    know_server();
    net_run(&b.net, 1790 * RIG_S);
    CHECK_EQ(b.n_said[DHCP_REQUEST], 1);
    net_run(&b.net, 10 * RIG_S);
    CHECK_EQ(b.n_said[DHCP_REQUEST], 2);
    CHECK_EQ(b.said_to, BENCH_SERVER);
    CHECK_EQ(b.said.ciaddr, BENCH_ADDRESS);
    CHECK_EQ(b.said.has & (DHCP_HAS_SERVER | DHCP_HAS_REQUESTED), 0);
    CHECK(!b.said.broadcast);
    net_run(&b.net, 1340 * RIG_S);
    CHECK_EQ(b.said_to, BENCH_SERVER);
    CHECK(b.n_said[DHCP_REQUEST] < 10);
    requests = b.n_said[DHCP_REQUEST];
    net_run(&b.net, 20 * RIG_S);
    CHECK(b.n_said[DHCP_REQUEST] > requests);
    CHECK_EQ(b.said_to, UINT32_MAX);
    CHECK_EQ(b.said.ciaddr, BENCH_ADDRESS);
    CHECK(bench_has(&b, BENCH_ADDRESS));
    CHECK_EQ(b.n_reports[TARN_DHCP_LOST], 0);
    net_run(&b.net, 440 * RIG_S);
    CHECK(!bench_has(&b, BENCH_ADDRESS));
    CHECK_EQ(bench_via(&b, 0, 0), -1);
    CHECK_EQ(b.n_reports[TARN_DHCP_LOST], 1);
    CHECK_EQ(b.n_said[DHCP_DISCOVER] >= 2, true);
    bench_close(&b);
}

TEST(dhcp, a_renewed_lease_lasts_longer_and_follows_what_has_changed)
{
    struct tarn_resolver res;
    struct dhcp_msg m;

    bench_open(&b);
    bench_lease(&b);
    know_server();
    net_run(&b.net, 1800 * RIG_S);
    m = bench_answer(&b, DHCP_ACK);
    m.router.ip[0] = 0x0a0000fe;
    m.dns.n = 1;
    m.domain[0] = '\0';
    bench_send(&b, &m);
    CHECK_EQ(b.n_reports[TARN_DHCP_BOUND], 2);
    CHECK_EQ(bench_via(&b, 0, 0), 0x0a0000fe);
    CHECK(!bench_resolver(&b, 1, &res));
    net_run(&b.net, 1795 * RIG_S);
    CHECK(bench_has(&b, BENCH_ADDRESS));
    CHECK_EQ(b.n_said[DHCP_REQUEST], 2);
    net_run(&b.net, 6 * RIG_S);
    CHECK_EQ(b.n_said[DHCP_REQUEST], 3);
    bench_close(&b);
}

TEST(dhcp, a_server_that_comes_back_in_rebinding_is_taken_whoever_it_is)
{
    struct dhcp_msg m;

    bench_open(&b);
    bench_lease(&b);
    know_server();
    net_run(&b.net, 3200 * RIG_S);
    CHECK_EQ(b.said_to, UINT32_MAX);
    m = bench_answer(&b, DHCP_ACK);
    m.server = 0x0a000007;
    bench_send(&b, &m);
    CHECK_EQ(b.n_reports[TARN_DHCP_BOUND], 2);
    net_end(&b.net, 0);
    bench_close(&b);
}

TEST(dhcp, a_refusal_at_renewal_takes_the_address_and_another_is_asked_for)
{
    struct dhcp_msg m;

    bench_open(&b);
    bench_lease(&b);
    know_server();
    net_run(&b.net, 1800 * RIG_S);
    bench_send_type(&b, DHCP_NAK);
    CHECK(!bench_has(&b, BENCH_ADDRESS));
    CHECK_EQ(b.n_reports[TARN_DHCP_LOST], 1);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 2);
    m = bench_answer(&b, DHCP_OFFER);
    m.yiaddr = 0x0a010005;
    bench_send(&b, &m);
    m = bench_answer(&b, DHCP_ACK);
    m.yiaddr = 0x0a010005;
    bench_send(&b, &m);
    net_run(&b.net, 2 * RIG_S);
    CHECK(bench_has(&b, 0x0a010005));
    bench_close(&b);
}

TEST(dhcp, a_lease_for_ever_is_never_renewed)
{
    struct dhcp_msg m;

    bench_open(&b);
    bench_send_type(&b, DHCP_OFFER);
    m = bench_answer(&b, DHCP_ACK);
    m.lease_s = UINT32_MAX;
    bench_send(&b, &m);
    net_run(&b.net, 10 * RIG_S);
    CHECK(bench_has(&b, BENCH_ADDRESS));
    net_run(&b.net, UINT64_C(1000000000) * RIG_S);
    CHECK(bench_has(&b, BENCH_ADDRESS));
    CHECK_EQ(b.n_said[DHCP_REQUEST], 1);
    bench_close(&b);
}

TEST(dhcp, classless_routes_replace_the_router)
{
    struct dhcp_msg m;

    bench_open(&b);
    bench_send_type(&b, DHCP_OFFER);
    m = bench_answer(&b, DHCP_ACK);
    m.n_routes = 3;
    m.route[0] = (struct dhcp_route){.to = 0xc0a80000, .len = 16, .via = 0x0a000003};
    m.route[1] = (struct dhcp_route){.to = 0, .len = 0, .via = 0x0a000004};
    m.route[2] = (struct dhcp_route){.to = 0xac100000, .len = 12};
    bench_send(&b, &m);
    net_run(&b.net, 2 * RIG_S);
    CHECK_EQ(bench_via(&b, 0xc0a80000, 16), 0x0a000003);
    CHECK_EQ(bench_via(&b, 0, 0), 0x0a000004);
    CHECK_EQ(bench_via(&b, 0xac100000, 12), 0);
    bench_close(&b);
}

TEST(dhcp, a_router_outside_the_network_is_on_the_link)
{
    struct dhcp_msg m;

    bench_open(&b);
    m = bench_answer(&b, DHCP_OFFER);
    m.mask = UINT32_MAX;
    bench_send(&b, &m);
    m = bench_answer(&b, DHCP_ACK);
    m.mask = UINT32_MAX;
    bench_send(&b, &m);
    net_run(&b.net, 2 * RIG_S);
    CHECK_EQ(bench_via(&b, BENCH_SERVER, 32), 0);
    CHECK_EQ(bench_via(&b, 0, 0), BENCH_SERVER);
    bench_close(&b);
}

TEST(dhcp, no_default_route_where_none_is_wanted)
{
    bench_open_with(&b, &(struct tarn_dhcp_config){.port = RIG_PORT, .no_default_route = true});
    bench_lease(&b);
    CHECK_EQ(bench_via(&b, 0, 0), -1);
    bench_close(&b);
}

static uint32_t mtu_now(void)
{
    struct tarn_port_info info;

    CHECK_EQ(tarn_port_get(b.net.host[0].st, RIG_PORT, &info), 0);
    return info.mtu;
}

TEST(dhcp, an_mtu_from_576_to_the_links_own_is_applied_as_long_as_the_lease)
{
    static const struct {
        uint32_t given, want;
    } rows[] = {{0, 1500}, {68, 1500}, {575, 1500}, {576, 576}, {1400, 1400}, {9000, 1500}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dhcp_msg m;

        bench_open(&b);
        bench_send_type(&b, DHCP_OFFER);
        m = bench_answer(&b, DHCP_ACK);
        m.has |= DHCP_HAS_MTU;
        m.mtu = rows[i].given;
        bench_send(&b, &m);
        net_run(&b.net, 2 * RIG_S);
        CHECK_EQ(mtu_now(), rows[i].want);
        net_end(&b.net, 0);
        CHECK_EQ(mtu_now(), 1500);
        bench_close(&b);
    }
}

static void set_carrier(bool on)
{
    struct tarn_port_info info;

    CHECK_EQ(tarn_port_get(b.net.host[0].st, RIG_PORT, &info), 0);
    info.carrier = on;
    CHECK_EQ(tarn_port_set(b.net.host[0].st, RIG_PORT, &info, b.net.now, NULL), 0);
    net_step(&b.net);
}

/* RFC 2131 4.3.2: of a client in INIT-REBOOT, server identifier "MUST NOT be filled in", requested
 * address "MUST be filled in", ciaddr "MUST be zero". */
static void check_remembers(void)
{
    CHECK_EQ(b.said.type, DHCP_REQUEST);
    CHECK_EQ(b.said.has & (DHCP_HAS_SERVER | DHCP_HAS_REQUESTED), DHCP_HAS_REQUESTED);
    CHECK_EQ(b.said.requested, BENCH_ADDRESS);
    CHECK_EQ(b.said.ciaddr, 0);
    CHECK_EQ(b.said_to, UINT32_MAX);
}

TEST(dhcp, nothing_is_said_without_a_link_and_a_lease_is_confirmed_when_it_is_back)
{
    bench_open(&b);
    set_carrier(false);
    net_run(&b.net, 600 * RIG_S);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 1);
    set_carrier(true);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 2);
    bench_lease(&b);
    set_carrier(false);
    CHECK(bench_has(&b, BENCH_ADDRESS));
    set_carrier(true);
    CHECK_EQ(b.n_said[DHCP_REQUEST], 2);
    check_remembers();
    bench_send_type(&b, DHCP_ACK);
    CHECK_EQ(b.n_reports[TARN_DHCP_BOUND], 2);
    CHECK_EQ(b.n_reports[TARN_DHCP_LOST], 0);
    bench_close(&b);
}

/* RFC 2131 3.2 step 4: "If the client receives neither a DHCPACK or a DHCPNAK message after
 * employing the retransmission algorithm, the client MAY choose to use the previously allocated
 * network address and configuration parameters for the remainder of the unexpired lease." */
TEST(dhcp, a_lease_that_nobody_confirms_goes_on_and_a_refused_one_is_gone)
{
    bench_open(&b);
    bench_lease(&b);
    for (unsigned i = 0; i < 2; i++) {
        set_carrier(false);
        set_carrier(true);
        check_remembers();
    }
    net_run(&b.net, 30 * RIG_S);
    CHECK(bench_has(&b, BENCH_ADDRESS));
    CHECK_EQ(b.n_said[DHCP_REQUEST], 4);
    know_server();
    net_run(&b.net, 1800 * RIG_S);
    CHECK_EQ(b.said.ciaddr, BENCH_ADDRESS); /* T1 as ever */
    set_carrier(false);
    set_carrier(true);
    bench_send_type(&b, DHCP_NAK);
    CHECK(!bench_has(&b, BENCH_ADDRESS));
    CHECK_EQ(b.n_reports[TARN_DHCP_LOST], 1);
    CHECK_EQ(b.said.type, DHCP_DISCOVER);
    bench_close(&b);
}

/* RFC 2131 3.2: a client that remembers its address asks for it without a discovery. */
TEST(dhcp, an_address_of_an_earlier_life_is_asked_for_first)
{
    struct tarn_dhcp_config config = {.port = RIG_PORT, .remembered = tarn_ip4(BENCH_ADDRESS)};

    bench_open_with(&b, &config);
    CHECK_EQ(b.n_said[DHCP_DISCOVER], 0);
    check_remembers();
    bench_send_type(&b, DHCP_ACK);
    net_run(&b.net, 2 * RIG_S);
    CHECK_EQ(b.n_reports[TARN_DHCP_BOUND], 1);
    CHECK(bench_has(&b, BENCH_ADDRESS));
    bench_close(&b);

    bench_open_with(&b, &config);
    bench_send_type(&b, DHCP_NAK);
    CHECK_EQ(b.said.type, DHCP_DISCOVER);
    bench_lease(&b);
    bench_close(&b);

    bench_open_with(&b, &config);
    net_run(&b.net, 30 * RIG_S);
    CHECK_EQ(b.said.type, DHCP_DISCOVER);
    bench_close(&b);
}

TEST(dhcp, a_configuration_that_cannot_be_is_refused)
{
    static const struct tarn_dhcp_config bad[] = {
        {.port = 9},
        {.port = 0},
        {.port = RIG_PORT, .hostname = "two words"},
        {.port = RIG_PORT,
         .hostname = "a-name-of-more-than-sixty-three-bytes-which-is-what-a-label-may-have"},
        {.port = RIG_PORT, .client_id_bytes = 33},
    };
    struct net net;

    net_open(&net, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tarn_service_with with = {.config = &bad[i]};

        CHECK_EQ(net_serve(&net, &service_dhcp, 0, with), -TARN_EINVAL);
    }
    net_close(&net);
}

TEST(dhcp, a_socket_of_an_address_that_has_gone_cannot_send)
{
    struct tarn_addr peer = {.ip = tarn_ip4(BENCH_SERVER), .port = 9};
    struct tarn *st;
    tarn_sock s;

    bench_open(&b);
    bench_lease(&b);
    st = b.net.host[0].st;
    CHECK_EQ(tarn_open(st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_connect(st, s, &peer, b.net.now), 0);
    CHECK_EQ(tarn_send(st, s, "x", 1, b.net.now), 1);
    net_run(&b.net, 3601 * RIG_S);
    CHECK(!bench_has(&b, BENCH_ADDRESS));
    CHECK_EQ(tarn_send(st, s, "x", 1, b.net.now), -TARN_ENETUNREACH);
    tarn_close(st, s, b.net.now);
    bench_close(&b);
}
