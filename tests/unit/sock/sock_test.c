/* tests/unit/sock/sock_test.c - handles, ports, events and turns: what holds for every transport.
 */
#include "sock/sock.h"

#include "tests/unit/family.h"
#include "wire/ip6.h"

EACH_FAMILY();

enum { PEER = 0x63, LOOPBACK = 255 };

/* A host of the test's network; 0: any; LOOPBACK: itself. */
static struct tarn_addr at(uint8_t host, uint16_t port)
{
    static const struct tarn_ip one = {{[15] = 1}};
    struct tarn_addr a = {.ip = family_ip(host), .port = port};

    if (host == LOOPBACK)
        a.ip = family_now == TARN_INET ? tarn_ip4(0x7f000001) : one;
    return a;
}

/* Host 1, which knows its peer. */
static void open_rig(struct rig *r, const struct tarn_config *cfg)
{
    struct tarn_event ev;

    rig_open_with(r, 1, 0, cfg);
    family_open(r, 1, PEER, rig_peer_mac);
    rig_drain(r);
    while (tarn_event(r->st, &ev))
        ;
}

static tarn_sock open_type(struct rig *r, enum tarn_type type)
{
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, family_now, type, 0, 0, &s), 0);
    return s;
}

static tarn_sock open_udp(struct rig *r)
{
    return open_type(r, TARN_DGRAM);
}

static int bind_to(struct rig *r, tarn_sock s, uint8_t host, uint16_t port)
{
    struct tarn_addr local = at(host, port);

    return tarn_bind(r->st, s, &local);
}

static uint16_t port_of(struct rig *r, tarn_sock s)
{
    struct tarn_addr local;

    CHECK_EQ(tarn_local(r->st, s, &local), 0);
    return local.port;
}

TEST(sock, a_stale_handle_is_refused_by_every_call)
{
    static const tarn_sock none;
    struct tarn_addr a = at(0, 7);
    struct tarn_msg m = {0};
    struct rig r;
    tarn_sock s, later, out;
    int64_t v;

    open_rig(&r, NULL);
    s = open_udp(&r);
    tarn_close(r.st, s, r.now);
    later = open_udp(&r);
    CHECK_EQ(later.slot, s.slot);
    CHECK(later.gen != s.gen);
    CHECK_EQ(tarn_bind(r.st, s, &a), -TARN_EBADF);
    CHECK_EQ(tarn_connect(r.st, s, &a, r.now), -TARN_EBADF);
    CHECK_EQ(tarn_listen(r.st, s, 1), -TARN_EBADF);
    CHECK_EQ(tarn_accept(r.st, s, &out, NULL), -TARN_EBADF);
    CHECK_EQ(tarn_sendmsg(r.st, s, &m, r.now), -TARN_EBADF);
    CHECK_EQ(tarn_recvmsg(r.st, s, &m, r.now), -TARN_EBADF);
    CHECK_EQ(tarn_shutdown(r.st, s, TARN_SHUT_WR, r.now), -TARN_EBADF);
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_MARK, 1, r.now), -TARN_EBADF);
    CHECK_EQ(tarn_getopt(r.st, s, TARN_SO_MARK, &v), -TARN_EBADF);
    CHECK_EQ(tarn_local(r.st, s, &a), -TARN_EBADF);
    CHECK_EQ(tarn_set_user(r.st, none, 1), -TARN_EBADF);
    CHECK_EQ(tarn_ready(r.st, s), TARN_ERR | TARN_HUP);
    tarn_close(r.st, s, r.now);
    tarn_abort(r.st, none, r.now);
    CHECK_EQ(tarn_ready(r.st, later), TARN_OUT);
    rig_close(&r);
}

TEST(sock, many_handles_and_a_walk_over_them)
{
    enum { N = 3000 };
    static tarn_sock s[N];
    struct tarn_config cfg = {.max_sockets = N};
    struct tarn_usage u;
    uint32_t cursor = 0;
    unsigned n = 0;
    tarn_sock out;
    struct rig r;

    open_rig(&r, &cfg);
    for (unsigned i = 0; i < N; i++)
        s[i] = open_udp(&r);
    CHECK_EQ(tarn_open(r.st, family_now, TARN_DGRAM, 0, 0, &out), -TARN_ENOBUFS);
    for (unsigned i = 0; i < N; i += 3)
        tarn_close(r.st, s[i], r.now);
    while (tarn_sock_next(r.st, &cursor, &out))
        n++;
    CHECK_EQ(n, N - N / 3);
    for (unsigned i = 0; i < N; i++)
        tarn_close(r.st, s[i], r.now);
    tarn_usage(r.st, &u);
    CHECK_EQ(u.sockets, 0);
    rig_close(&r);
}

TEST(sock, bind_rules)
{
    struct rig r;
    tarn_sock a, b;

    open_rig(&r, NULL);
    a = open_udp(&r);
    b = open_udp(&r);
    CHECK_EQ(bind_to(&r, a, 0x42, 7), -TARN_EADDRNOTAVAIL);
    CHECK_EQ(bind_to(&r, a, 1, 7), 0);
    CHECK_EQ(bind_to(&r, a, 1, 8), -TARN_EINVAL);
    CHECK_EQ(bind_to(&r, b, 1, 7), -TARN_EADDRINUSE);
    CHECK_EQ(bind_to(&r, b, 0, 7), -TARN_EADDRINUSE);
    CHECK_EQ(bind_to(&r, b, LOOPBACK, 7), 0);
    tarn_close(r.st, a, r.now);
    a = open_udp(&r);
    CHECK_EQ(bind_to(&r, a, 1, 7), 0);
    tarn_close(r.st, b, r.now);
    b = open_udp(&r);
    CHECK_EQ(tarn_setopt(r.st, b, TARN_SO_REUSEADDR, 1, r.now), 0);
    CHECK_EQ(bind_to(&r, b, 0, 7), -TARN_EADDRINUSE);
    CHECK_EQ(tarn_setopt(r.st, a, TARN_SO_REUSEADDR, 1, r.now), 0);
    CHECK_EQ(bind_to(&r, b, 0, 7), 0);
    rig_close(&r);
}

/* SO_REUSEADDR lets two bind one address; only one of them may listen there, as in Linux. */
TEST(sock, of_two_that_share_an_address_one_listens)
{
    struct rig r;
    tarn_sock s[2];

    open_rig(&r, NULL);
    for (unsigned i = 0; i < 2; i++) {
        s[i] = open_type(&r, TARN_STREAM);
        CHECK_EQ(tarn_setopt(r.st, s[i], TARN_SO_REUSEADDR, 1, r.now), 0);
        CHECK_EQ(bind_to(&r, s[i], 0, 80), 0);
    }
    CHECK_EQ(tarn_listen(r.st, s[0], 1), 0);
    CHECK_EQ(tarn_listen(r.st, s[1], 1), -TARN_EADDRINUSE);
    CHECK_EQ(tarn_listen(r.st, s[0], 2), 0);
    tarn_close(r.st, s[0], r.now);
    CHECK_EQ(tarn_listen(r.st, s[1], 1), 0);
    rig_close(&r);
}

TEST(sock, ephemeral_ports_are_all_used_once_and_hard_to_guess)
{
    static bool used[65536];
    unsigned neighbours = 0, last = 0;
    struct rig r;

    open_rig(&r, NULL);
    memset(used, 0, sizeof used);
    CHECK_EQ(tarn_param_set(r.st, "sock.port-first", 40000), 0);
    CHECK_EQ(tarn_param_set(r.st, "sock.port-last", 40499), 0);
    for (unsigned i = 0; i < 500; i++) {
        tarn_sock s = open_udp(&r);
        struct tarn_addr peer = at((uint8_t)(PEER + i % 50), (uint16_t)(i + 1));
        uint16_t port;

        if (i % 2 == 0)
            CHECK_EQ(bind_to(&r, s, 0, 0), 0);
        else
            CHECK_EQ(tarn_connect(r.st, s, &peer, r.now), 0);
        port = port_of(&r, s);
        CHECK(port >= 40000 && port <= 40499 && (i % 2 == 1 || !used[port]));
        neighbours += port == last + 1;
        used[port] = true;
        last = port;
    }
    CHECK(neighbours < 100);
    rig_close(&r);
}

TEST(sock, connections_to_different_peers_share_a_port)
{
    struct rig r;
    tarn_sock s;

    open_rig(&r, NULL);
    CHECK_EQ(tarn_param_set(r.st, "sock.port-first", 40000), 0);
    CHECK_EQ(tarn_param_set(r.st, "sock.port-last", 40000), 0);
    for (unsigned i = 1; i <= 5; i++) {
        struct tarn_addr peer = at(PEER, (uint16_t)i);

        s = open_udp(&r);
        CHECK_EQ(tarn_connect(r.st, s, &peer, r.now), 0);
        CHECK_EQ(port_of(&r, s), 40000);
        s = open_udp(&r);
        CHECK_EQ(tarn_connect(r.st, s, &peer, r.now), -TARN_EAGAIN);
        tarn_close(r.st, s, r.now);
    }
    s = open_udp(&r);
    CHECK_EQ(bind_to(&r, s, 0, 40000), -TARN_EADDRINUSE);
    CHECK_EQ(bind_to(&r, s, 0, 0), -TARN_EADDRINUSE);
    rig_close(&r);
}

TEST(sock, options_are_checked_by_their_rows)
{
    enum tarn_opt ttl = family_now == TARN_INET ? TARN_SO_IP_TTL : TARN_SO_IPV6_UNICAST_HOPS;
    struct rig r;
    tarn_sock s;
    int64_t v;

    open_rig(&r, NULL);
    s = open_udp(&r);
    CHECK_EQ(tarn_setopt(r.st, s, ttl, 0, r.now), -TARN_EINVAL);
    CHECK_EQ(tarn_setopt(r.st, s, ttl, 256, r.now), -TARN_EINVAL);
    CHECK_EQ(tarn_getopt(r.st, s, ttl, &v), 0);
    CHECK_EQ(v, 64);
    CHECK_EQ(tarn_setopt(r.st, s, ttl, 9, r.now), 0);
    CHECK_EQ(tarn_getopt(r.st, s, ttl, &v), 0);
    CHECK_EQ(v, 9);
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_TYPE, 1, r.now), -TARN_ENOPROTOOPT);
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_TCP_NODELAY, 1, r.now), -TARN_ENOPROTOOPT);
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_N, 1, r.now), -TARN_ENOPROTOOPT);
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_BINDTODEVICE, 9, r.now), -TARN_ENODEV);
    CHECK_EQ(tarn_getopt(r.st, s, TARN_SO_TYPE, &v), 0);
    CHECK_EQ(v, TARN_DGRAM);
    CHECK_EQ(tarn_getopt(r.st, s, TARN_SO_PROTOCOL, &v), 0);
    CHECK_EQ(v, IP_PROTO_UDP);
    CHECK_EQ(tarn_listen(r.st, s, 5), -TARN_EOPNOTSUPP);
    rig_close(&r);
}

TEST(sock, changes_of_one_socket_are_told_once)
{
    struct tarn_addr to = at(LOOPBACK, 7);
    struct tarn_event ev;
    tarn_sock s, c;
    struct rig r;
    char got[8];

    open_rig(&r, NULL);
    s = open_udp(&r);
    c = open_udp(&r);
    CHECK_EQ(tarn_set_user(r.st, s, 99), 0);
    CHECK_EQ(bind_to(&r, s, 0, 7), 0);
    CHECK_EQ(tarn_connect(r.st, c, &to, r.now), 0);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(tarn_send(r.st, c, "x", 1, r.now), 1);
    tarn_tick(r.st, r.now);
    CHECK(tarn_event(r.st, &ev));
    CHECK_EQ(ev.user, 99);
    CHECK(!tarn_event(r.st, &ev));
    CHECK_EQ(tarn_recv(r.st, s, got, 8, r.now), 1);
    CHECK_EQ(tarn_send(r.st, c, "x", 1, r.now), 1);
    tarn_tick(r.st, r.now);
    CHECK(tarn_event(r.st, &ev)); /* new data is told although TARN_IN was set */
    CHECK_EQ(tarn_send(r.st, c, "x", 1, r.now), 1);
    tarn_tick(r.st, r.now);
    tarn_close(r.st, s, r.now);
    CHECK(!tarn_event(r.st, &ev));
    rig_close(&r);
}

TEST(sock, turns_are_by_bytes)
{
    static const uint8_t data[1400];
    struct tarn_addr to = at(PEER, 9);
    size_t bytes[2] = {0, 0};
    tarn_sock s[2];
    struct rig r;

    open_rig(&r, NULL);
    for (unsigned i = 0; i < 2; i++) {
        s[i] = open_udp(&r);
        CHECK_EQ(tarn_setopt(r.st, s[i], TARN_SO_SNDBUF, 4000000, r.now), 0);
        CHECK_EQ(tarn_connect(r.st, s[i], &to, r.now), 0);
    }
    for (unsigned i = 0; i < 2000; i++)
        CHECK_EQ(tarn_send(r.st, s[i % 2], data, i % 2 == 0 ? 1400 : 100, r.now),
                 i % 2 == 0 ? 1400 : 100);
    while (bytes[0] + bytes[1] < 260000) {
        struct pkt *p = tarn_output(r.st, RIG_PORT, r.now);

        CHECK(p != NULL);
        bytes[pkt_len(p) < 1000] += pkt_len(p);
        pkt_put(r.st, p);
    }
    CHECK(bytes[0] < 2 * bytes[1] && bytes[1] < 2 * bytes[0]);
    rig_close(&r);
}

/* A packet of another network that is to be forwarded to the peer; its length. */
static size_t foreign(const struct rig *r, uint8_t *frame)
{
    static const uint8_t data[100];
    struct ip4_hdr four = {.proto = IP_PROTO_UDP, .src = 0x0b000001, .dst = RIG_PEER_IP};
    struct ip6_hdr six = {.next = IP_PROTO_UDP, .hops = 64, .payload_bytes = sizeof data};
    struct tarn_ip dst = family_ip(PEER);
    size_t at;

    if (family_now == TARN_INET)
        return rig_ip4(r, frame, four, data, sizeof data);
    six.src[0] = 0xfc;
    memcpy(six.dst, dst.b, 16);
    at = rig_eth(frame, r->mac, ETH_IP6);
    at += ip6_build(frame + at, &six);
    memcpy(frame + at, data, sizeof data);
    return at + sizeof data;
}

TEST(sock, forwarded_and_own_packets_take_turns)
{
    static uint8_t frame[RIG_FRAME], data[100];
    struct tarn_addr to = at(PEER, 9), me = at(1, 0);
    size_t own = 0, all = 0, src_bytes = family_now == TARN_INET ? 4 : 16;
    size_t src_at = ETH_HEADER_BYTES + (family_now == TARN_INET ? 12u : 8u);
    tarn_sock s;
    struct rig r;

    open_rig(&r, NULL);
    CHECK_EQ(tarn_param_set(r.st, "ip.forwarding", 1), 0);
    CHECK_EQ(tarn_param_set(r.st, "ip6.forwarding", 1), 0);
    s = open_udp(&r);
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_SNDBUF, 4000000, r.now), 0);
    CHECK_EQ(tarn_connect(r.st, s, &to, r.now), 0);
    for (unsigned i = 0; i < 300; i++)
        rig_input(&r, frame, foreign(&r, frame));
    for (unsigned i = 0; i < 5000; i++) {
        size_t n;

        CHECK_EQ(tarn_send(r.st, s, data, sizeof data, r.now), (long)sizeof data);
        rig_input(&r, frame, foreign(&r, frame));
        n = rig_output(&r, frame);
        CHECK(n > 0);
        if (i < 2000)
            continue;
        all += n;
        own += memcmp(frame + src_at, me.ip.b + 16 - src_bytes, src_bytes) == 0 ? n : 0;
    }
    CHECK(own > all / 4);
    CHECK(own < all * 3 / 4);
    rig_close(&r);
}

TEST(sock, a_loopback_source_stays_at_home)
{
    struct tarn_addr out = at(PEER, 9), here = at(0, 9);
    struct rig r;
    tarn_sock s;

    open_rig(&r, NULL);
    s = open_udp(&r);
    CHECK_EQ(bind_to(&r, s, LOOPBACK, 5), 0);
    CHECK_EQ(tarn_connect(r.st, s, &out, r.now), -TARN_EINVAL);
    CHECK_EQ(tarn_connect(r.st, s, &here, r.now), 0);
    CHECK_EQ(tarn_peer(r.st, s, &out), 0);
    here = at(LOOPBACK, 9);
    CHECK(tarn_ip_equal(&out.ip, &here.ip));
    rig_close(&r);
}

TEST(sock, a_port_that_goes_down_does_not_keep_its_sockets)
{
    struct tarn_addr to = at(PEER, 9);
    struct tarn_port_info info;
    struct tarn_usage u;
    struct rig r;
    tarn_sock s;

    open_rig(&r, NULL);
    s = open_udp(&r);
    CHECK_EQ(tarn_connect(r.st, s, &to, r.now), 0);
    CHECK_EQ(tarn_send(r.st, s, "x", 1, r.now), 1);
    CHECK_EQ(tarn_port_get(r.st, RIG_PORT, &info), 0);
    info.up = false;
    CHECK_EQ(tarn_port_set(r.st, RIG_PORT, &info, r.now, NULL), 0);
    CHECK(tarn_output(r.st, RIG_PORT, r.now) == NULL);
    tarn_usage(r.st, &u);
    CHECK_EQ(u.packets, 0);
    CHECK_EQ(tarn_drop_count(r.st, DROP_IP_NO_ROUTE), 1);
    CHECK_EQ(tarn_send(r.st, s, "x", 1, r.now), -TARN_ENETUNREACH);
    rig_close(&r);
}

TEST(sock, of_those_that_share_an_address_one_listens)
{
    struct tarn_addr local = at(0, 80);
    tarn_sock s[3];
    struct rig r;

    open_rig(&r, NULL);
    for (unsigned i = 0; i < 3; i++) {
        s[i] = open_type(&r, TARN_STREAM);
        CHECK_EQ(tarn_setopt(r.st, s[i], TARN_SO_REUSEADDR, 1, r.now), 0);
    }
    CHECK_EQ(tarn_bind(r.st, s[0], &local), 0);
    CHECK_EQ(tarn_bind(r.st, s[1], &local), 0);
    CHECK_EQ(tarn_listen(r.st, s[0], 5), 0);
    CHECK_EQ(tarn_listen(r.st, s[1], 5), -TARN_EADDRINUSE);
    CHECK_EQ(tarn_listen(r.st, s[0], 9), 0);
    CHECK_EQ(tarn_bind(r.st, s[2], &local), -TARN_EADDRINUSE);
    tarn_close(r.st, s[0], r.now);
    CHECK_EQ(tarn_listen(r.st, s[1], 5), 0);
    rig_close(&r);
}
