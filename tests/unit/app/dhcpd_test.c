/* tests/unit/app/dhcpd_test.c - the DHCP server: our client against it, and single requests by
 * hand (RFC 2131 4.3). */
#include "tests/unit/app/net.h"
#include "wire/dhcp.h"

#define SERVER UINT32_C(0x0a000001)
#define FIRST  UINT32_C(0x0a000064)

enum { CLIENT = 2, UDP_AT = 14 + 20 };

static struct net net;

/* The server's latest answer, and the frame's destinations. */
static struct dhcp_msg heard;
static uint32_t heard_to;
static uint8_t heard_mac[6];
static unsigned n_heard, n_bound, n_lost;

static bool listen(void *ctx, unsigned from, const struct pkt *p)
{
    uint8_t frame[1600];
    size_t n = pkt_copy_out(net.host[from].st, p, 0, frame, sizeof frame);

    (void)ctx;
    if (from == 0 && n > UDP_AT + 8 && load_be16(frame + 12) == ETH_IP4 &&
        load_be16(frame + UDP_AT) == DHCP_SERVER_PORT) {
        CHECK(dhcp_parse(&heard, frame + UDP_AT + 8, n - UDP_AT - 8));
        heard_to = load_be32(frame + 14 + 16);
        memcpy(heard_mac, frame, 6);
        n_heard++;
    }
    return true;
}

static struct tarn_dhcpd_config config_of(uint32_t n)
{
    return (struct tarn_dhcpd_config){.port = RIG_PORT,
                                      .first = tarn_ip4(FIRST),
                                      .last = tarn_ip4(FIRST + n - 1),
                                      .router = tarn_ip4(SERVER),
                                      .dns = {tarn_ip4(0x08080808)},
                                      .n_dns = 1,
                                      .domain = "example.org",
                                      .lease_s = 600};
}

static void lose_address(unsigned host)
{
    struct tarn_address own = {.port = RIG_PORT};

    own.prefix = (struct tarn_prefix){.ip = tarn_ip4(net.host[host].ip), .len = 96 + 24};
    CHECK_EQ(tarn_address_del(net.host[host].st, &own, net.now, NULL), 0);
}

/* A server with a pool of n addresses, and hosts without any. */
static void open_net(unsigned hosts, uint32_t n)
{
    struct tarn_dhcpd_config config = config_of(n);

    n_heard = n_bound = n_lost = 0;
    heard = (struct dhcp_msg){0};
    net_open(&net, hosts);
    net.passes = listen;
    CHECK_EQ(net_serve(&net, &service_dhcpd, 0,
                       (struct tarn_service_with){.seed = 1, .config = &config}),
             0);
    for (unsigned i = 1; i < hosts; i++)
        lose_address(i);
    net_step(&net);
}

static void count(void *ctx, int what, const void *of, tarn_ns now)
{
    (void)ctx;
    (void)of;
    (void)now;
    n_bound += what == TARN_DHCP_BOUND;
    n_lost += what == TARN_DHCP_LOST;
}

static void open_client(unsigned host)
{
    struct tarn_dhcp_config config = {.port = RIG_PORT};
    struct tarn_service_with with = {.seed = host, .config = &config, .report = count};

    CHECK_EQ(net_serve(&net, &service_dhcp, host, with), 0);
    net_run(&net, 2 * RIG_S);
}

static uint32_t address_of(unsigned host)
{
    struct tarn_address a;
    uint32_t cursor = 0;

    while (tarn_address_next(net.host[host].st, &cursor, &a))
        if (a.port == RIG_PORT && tarn_ip_is4(&a.prefix.ip))
            return tarn_ip_to4(&a.prefix.ip);
    return 0;
}

static bool in_pool(uint32_t ip, uint32_t n)
{
    return ip - FIRST < n;
}

TEST(dhcpd, clients_get_different_addresses_and_keep_them)
{
    uint32_t a, b;

    open_net(3, 10);
    open_client(1);
    open_client(2);
    a = address_of(1);
    b = address_of(2);
    CHECK(in_pool(a, 10) && in_pool(b, 10) && a != b);
    net_run(&net, 5000 * RIG_S);
    CHECK_EQ(address_of(1), a);
    CHECK_EQ(address_of(2), b);
    CHECK(n_bound > 20);
    CHECK_EQ(n_lost, 0);
    net_end(&net, 1);
    net_run(&net, RIG_S);
    CHECK_EQ(address_of(1), 0);
    open_client(1);
    CHECK_EQ(address_of(1), a);
    net_close(&net);
}

TEST(dhcpd, an_empty_pool_is_silent_until_an_address_is_released_or_expires)
{
    open_net(3, 1);
    open_client(1);
    open_client(2);
    CHECK_EQ(address_of(1), FIRST);
    CHECK_EQ(address_of(2), 0);
    net_end(&net, 1);
    net_run(&net, 70 * RIG_S);
    CHECK_EQ(address_of(2), FIRST);
    net_close(&net);
}

TEST(dhcpd, a_lease_ends_when_its_server_is_gone_and_comes_back_with_another)
{
    struct tarn_dhcpd_config config = config_of(5);

    open_net(2, 5);
    open_client(1);
    net_end(&net, 0);
    net_run(&net, 590 * RIG_S);
    CHECK(in_pool(address_of(1), 5));
    net_run(&net, 15 * RIG_S);
    CHECK_EQ(address_of(1), 0);
    CHECK_EQ(n_lost, 1);
    config.first = tarn_ip4(FIRST + 100);
    config.last = tarn_ip4(FIRST + 110);
    CHECK_EQ(net_serve(&net, &service_dhcpd, 0,
                       (struct tarn_service_with){.seed = 2, .config = &config}),
             0);
    net_run(&net, 70 * RIG_S);
    CHECK(in_pool(address_of(1) - 100, 11));
    net_close(&net);
}

TEST(dhcpd, a_server_that_renumbers_makes_its_clients_ask_anew)
{
    struct tarn_dhcpd_config config = config_of(5);

    open_net(2, 5);
    open_client(1);
    net_end(&net, 0);
    config.first = tarn_ip4(FIRST + 100);
    config.last = tarn_ip4(FIRST + 110);
    CHECK_EQ(net_serve(&net, &service_dhcpd, 0,
                       (struct tarn_service_with){.seed = 2, .config = &config}),
             0);
    net_run(&net, 320 * RIG_S);
    CHECK(in_pool(address_of(1) - 100, 11));
    CHECK_EQ(n_lost, 1);
    net_close(&net);
}

/* ---- By hand ---- */

static struct dhcp_msg ask(enum dhcp_type type, uint8_t client)
{
    return (struct dhcp_msg){.op = DHCP_BOOTREQUEST,
                             .xid = 0x1234,
                             .chaddr = {2, 0, 0, 0, 1, client},
                             .has = DHCP_HAS_TYPE,
                             .type = type,
                             .broadcast = true};
}

/* Hand it to the server; was it answered? */
static bool tell(const struct dhcp_msg *m)
{
    uint8_t udp[1600], frame[1700];
    struct udp_hdr h = {.src_port = DHCP_CLIENT_PORT, .dst_port = DHCP_SERVER_PORT};
    struct ip4_hdr ip = {.proto = IP_PROTO_UDP, .header_bytes = 20, .ttl = 64, .dst = UINT32_MAX};
    size_t n = dhcp_build(udp + UDP_HEADER_BYTES, DHCP_BYTES_MAX, m), at;
    unsigned before = n_heard;

    CHECK(n > 0);
    h.bytes = (uint16_t)(n + UDP_HEADER_BYTES);
    udp_build(udp, &h);
    at = rig_eth(frame, rig_everybody, ETH_IP4);
    memcpy(frame + 6, m->chaddr, 6);
    ip.total_bytes = (uint16_t)(20 + h.bytes);
    at += ip4_build(frame + at, &ip);
    memcpy(frame + at, udp, h.bytes);
    rig_input(&net.host[0], frame, at + h.bytes);
    net_step(&net);
    return n_heard != before;
}

/* The server has spoken with this address before. */
static void know(uint32_t ip)
{
    struct tarn_neigh n = {.ip = tarn_ip4(ip), .port = RIG_PORT, .mac = {2, 0, 0, 0, 1, 0x77}};

    CHECK_EQ(tarn_neigh_set(net.host[0].st, &n, net.now, NULL), 0);
}

/* A whole exchange; the address. */
static uint32_t lease(uint8_t client)
{
    struct dhcp_msg m = ask(DHCP_DISCOVER, client);

    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_OFFER);
    m = ask(DHCP_REQUEST, client);
    m.has |= DHCP_HAS_SERVER | DHCP_HAS_REQUESTED;
    m.server = SERVER;
    m.requested = heard.yiaddr;
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_ACK);
    return heard.yiaddr;
}

TEST(dhcpd, an_offer_holds_what_the_configuration_says)
{
    struct dhcp_msg m = ask(DHCP_DISCOVER, 5);

    open_net(1, 10);
    m.client_id = (struct dhcp_bytes){.n = 3, .b = {0, 'a', 'b'}};
    m.relay = (struct dhcp_bytes){.n = 4, .b = {1, 2, 'x', 'y'}};
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_OFFER);
    CHECK_EQ(heard.op, DHCP_BOOTREPLY);
    CHECK_EQ(heard.xid, 0x1234);
    CHECK_EQ(heard.server, SERVER);
    CHECK_EQ(heard.mask, 0xffffff00);
    CHECK_EQ(heard.router.ip[0], SERVER);
    CHECK_EQ(heard.dns.ip[0], 0x08080808);
    CHECK_STR(heard.domain, "example.org");
    CHECK_EQ(heard.lease_s, 600);
    CHECK_EQ(heard.t1_s, 300);
    CHECK_EQ(heard.t2_s, 525);
    CHECK_MEM(&heard.client_id, &m.client_id, 4); /* RFC 6842 */
    CHECK_MEM(&heard.relay, &m.relay, 5);
    CHECK_EQ(heard_to, UINT32_MAX);
    net_close(&net);
}

static bool is_permanent(uint32_t ip)
{
    struct tarn_neigh n;
    uint32_t cursor = 0;

    while (tarn_neigh_next(net.host[0].st, &cursor, &n))
        if (tarn_ip_is4(&n.ip) && tarn_ip_to4(&n.ip) == ip)
            return n.state == TARN_NEIGH_PERMANENT;
    return false;
}

TEST(dhcpd, who_can_take_unicast_is_answered_at_the_new_address)
{
    struct dhcp_msg m = ask(DHCP_DISCOVER, 5);

    open_net(1, 10);
    m.broadcast = false;
    CHECK(tell(&m));
    CHECK_EQ(heard_to, heard.yiaddr);
    CHECK_MEM(heard_mac, m.chaddr, 6);
    CHECK(!is_permanent(heard.yiaddr));
    net_close(&net);
}

TEST(dhcpd, a_client_gets_the_address_that_it_would_like_if_it_is_free)
{
    struct dhcp_msg m = ask(DHCP_DISCOVER, 5);

    open_net(1, 10);
    m.has |= DHCP_HAS_REQUESTED;
    m.requested = FIRST + 7;
    CHECK(tell(&m));
    CHECK_EQ(heard.yiaddr, FIRST + 7);
    m = ask(DHCP_DISCOVER, 6);
    m.has |= DHCP_HAS_REQUESTED;
    m.requested = FIRST + 7;
    CHECK(tell(&m));
    CHECK(heard.yiaddr != FIRST + 7);
    net_close(&net);
}

TEST(dhcpd, requests_for_what_was_not_offered_are_refused)
{
    struct dhcp_msg m;
    uint32_t ip;

    open_net(1, 10);
    ip = lease(5);
    m = ask(DHCP_REQUEST, 6);
    m.has |= DHCP_HAS_SERVER | DHCP_HAS_REQUESTED;
    m.server = SERVER;
    m.requested = ip;
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_NAK);
    CHECK_EQ(heard.yiaddr, 0);
    CHECK_EQ(heard.has & (DHCP_HAS_LEASE | DHCP_HAS_MASK), 0);
    CHECK_EQ(heard_to, UINT32_MAX);
    m.requested = 0x0a010203;
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_NAK);
    net_close(&net);
}

TEST(dhcpd, a_request_to_another_server_gives_the_offer_back)
{
    struct dhcp_msg m = ask(DHCP_DISCOVER, 5);

    open_net(1, 1);
    CHECK(tell(&m));
    m = ask(DHCP_DISCOVER, 6);
    CHECK(!tell(&m));
    m = ask(DHCP_REQUEST, 5);
    m.has |= DHCP_HAS_SERVER | DHCP_HAS_REQUESTED;
    m.server = SERVER + 1;
    m.requested = FIRST;
    CHECK(!tell(&m));
    m = ask(DHCP_DISCOVER, 6);
    CHECK(tell(&m));
    CHECK_EQ(heard.yiaddr, FIRST);
    net_close(&net);
}

TEST(dhcpd, an_offer_that_is_not_taken_is_free_after_a_minute)
{
    struct dhcp_msg m = ask(DHCP_DISCOVER, 5);

    open_net(1, 1);
    CHECK(tell(&m));
    net_run(&net, 59 * RIG_S);
    m = ask(DHCP_DISCOVER, 6);
    CHECK(!tell(&m));
    net_run(&net, 2 * RIG_S);
    CHECK(tell(&m));
    net_close(&net);
}

TEST(dhcpd, a_client_that_restarts_is_told_whether_its_address_is_good)
{
    struct dhcp_msg m;
    uint32_t ip;

    open_net(1, 10);
    ip = lease(5);
    m = ask(DHCP_REQUEST, 5);
    m.has |= DHCP_HAS_REQUESTED;
    m.requested = ip;
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_ACK);
    m.requested = ip + 1;
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_NAK);
    m = ask(DHCP_REQUEST, 9);
    m.has |= DHCP_HAS_REQUESTED;
    m.requested = FIRST + 3; /* of this network, and of a client that we do not know */
    CHECK(!tell(&m));
    m.requested = 0xc0a80105;
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_NAK);
    net_close(&net);
}

TEST(dhcpd, renewal_is_for_the_holder_of_an_address_or_of_a_free_one)
{
    struct dhcp_msg m;
    uint32_t ip;

    open_net(1, 10);
    ip = lease(5);
    m = ask(DHCP_REQUEST, 5);
    m.ciaddr = ip;
    know(ip);
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_ACK);
    CHECK_EQ(heard_to, ip);
    m = ask(DHCP_REQUEST, 6);
    m.ciaddr = ip;
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_NAK);
    m.ciaddr = 0x0a0000f0; /* not of the pool */
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_NAK);
    m.ciaddr = ip != FIRST ? FIRST : FIRST + 1;
    know(m.ciaddr);
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_ACK);
    net_close(&net);
}

TEST(dhcpd, a_declined_address_is_given_to_nobody_for_a_while)
{
    struct dhcp_msg m;
    uint32_t ip;

    open_net(1, 1);
    ip = lease(5);
    m = ask(DHCP_DECLINE, 6); /* not its own */
    m.has |= DHCP_HAS_SERVER | DHCP_HAS_REQUESTED;
    m.server = SERVER;
    m.requested = ip;
    CHECK(!tell(&m));
    memcpy(m.chaddr, ask(0, 5).chaddr, 6);
    CHECK(!tell(&m));
    m = ask(DHCP_DISCOVER, 5);
    CHECK(!tell(&m));
    net_run(&net, 601 * RIG_S);
    CHECK(tell(&m));
    net_close(&net);
}

TEST(dhcpd, only_the_holder_of_an_address_releases_it)
{
    struct dhcp_msg m;

    open_net(1, 1);
    CHECK_EQ(lease(5), FIRST);
    m = ask(DHCP_RELEASE, 6);
    m.has |= DHCP_HAS_SERVER;
    m.server = SERVER;
    m.ciaddr = FIRST;
    CHECK(!tell(&m));
    m = ask(DHCP_DISCOVER, 6);
    CHECK(!tell(&m));
    m = ask(DHCP_RELEASE, 5);
    m.has |= DHCP_HAS_SERVER;
    m.server = SERVER;
    m.ciaddr = FIRST;
    CHECK(!tell(&m));
    m = ask(DHCP_DISCOVER, 6);
    CHECK(tell(&m));
    net_close(&net);
}

TEST(dhcpd, a_host_with_an_address_is_told_the_rest)
{
    struct dhcp_msg m = ask(DHCP_INFORM, 5);

    open_net(1, 10);
    m.ciaddr = 0x0a0000c8;
    CHECK(!tell(&m)); /* the answer waits for its link address */
    know(m.ciaddr);
    CHECK(tell(&m));
    CHECK_EQ(heard.type, DHCP_ACK);
    CHECK_EQ(heard.yiaddr, 0);
    CHECK_EQ(heard.has & DHCP_HAS_LEASE, 0);
    CHECK_EQ(heard.dns.n, 1);
    m.ciaddr = 0x08080404; /* not of this network */
    CHECK(!tell(&m));
    net_close(&net);
}

TEST(dhcpd, what_is_no_request_of_ours_is_not_answered)
{
    struct dhcp_msg m = ask(DHCP_OFFER, 5);

    open_net(1, 10);
    CHECK(!tell(&m));
    m = ask(DHCP_DISCOVER, 5);
    m.op = DHCP_BOOTREPLY;
    CHECK(!tell(&m));
    m = ask(DHCP_DISCOVER, 5);
    m.giaddr = 0xc0a80101; /* a relay of a network that we do not serve */
    CHECK(!tell(&m));
    m = ask(DHCP_REQUEST, 5);
    CHECK(!tell(&m));
    net_close(&net);
}

TEST(dhcpd, own_and_special_addresses_of_the_pool_are_never_given)
{
    struct tarn_dhcpd_config config = config_of(1);

    net_open(&net, 1);
    n_heard = 0;
    net.passes = listen;
    config.first = tarn_ip4(0x0a000000);
    config.last = tarn_ip4(0x0a0000ff);
    config.router = tarn_ip4(0x0a000002);
    CHECK_EQ(net_serve(&net, &service_dhcpd, 0, (struct tarn_service_with){.config = &config}), 0);
    for (unsigned i = 0; i < 252; i++) {
        uint32_t ip = lease((uint8_t)i);

        CHECK(ip > 0x0a000002 && ip < 0x0a0000ff);
    }
    CHECK(!tell(&(struct dhcp_msg){.op = 1, .has = DHCP_HAS_TYPE, .type = DHCP_DISCOVER}));
    net_close(&net);
}

TEST(dhcpd, a_configuration_that_cannot_be_is_refused)
{
    struct tarn_dhcpd_config bad[6];

    for (unsigned i = 0; i < 6; i++)
        bad[i] = config_of(10);
    bad[0].last = tarn_ip4(FIRST - 1);
    bad[1].first = tarn_ip4(0xc0a80001); /* no address of ours there */
    bad[1].last = tarn_ip4(0xc0a80009);
    bad[2].last = tarn_ip4(FIRST + 300); /* beyond the network */
    bad[3].domain = "two words";
    bad[4].port = 7;
    bad[5].n_dns = 4;
    net_open(&net, 1);
    for (unsigned i = 0; i < 6; i++)
        CHECK_EQ(net_serve(&net, &service_dhcpd, 0, (struct tarn_service_with){.config = &bad[i]}),
                 -TARN_EINVAL);
    net_close(&net);
}
