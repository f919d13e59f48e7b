/* tests/unit/sock/family_test.c - sockets of both families beside each other: who may bind where,
 * who hears whom. */
#include "tests/unit/rig.h"

static struct tarn_addr four(uint32_t ip, uint16_t port)
{
    return (struct tarn_addr){.ip = tarn_ip4(ip), .port = port};
}

static struct tarn_addr six(uint8_t first, uint8_t last, uint32_t zone, uint16_t port)
{
    struct tarn_addr a = {.zone = zone, .port = port};

    a.ip.b[0] = first;
    a.ip.b[1] = first == 0xfe ? 0x80 : 0;
    a.ip.b[15] = last;
    return a;
}

static tarn_sock open_as(struct rig *r, enum tarn_family family, enum tarn_type type, bool v6only)
{
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, family, type, 0, 0, &s), 0);
    if (v6only)
        CHECK_EQ(tarn_setopt(r->st, s, TARN_SO_IPV6_V6ONLY, 1, r->now), 0);
    return s;
}

/* What a socket can be bound to, and of which kind it is. */
enum place { ANY4, ONE4, LOOP4, ANY6, ANY6_ONLY, MAPPED_ANY, MAPPED_ONE, PLACES };

static tarn_sock open_at(struct rig *r, enum place p, enum tarn_type type, struct tarn_addr *to)
{
    bool four_only = p == ANY4 || p == ONE4 || p == LOOP4;
    uint32_t ip = p == ONE4 || p == MAPPED_ONE ? r->ip : p == LOOP4 ? 0x7f000001 : 0;

    *to = p == ANY6 || p == ANY6_ONLY ? six(0, 0, 0, 80) : four(ip, 80);
    return open_as(r, four_only ? TARN_INET : TARN_INET6, type, p == ANY6_ONLY);
}

/* As inet_rcv_saddr_equal() and ipv6_rcv_saddr_equal() of Linux say: x, they cannot be together. */
TEST(family, addresses_that_overlap_cannot_both_be_bound)
{
    static const char *const conflict[PLACES] = {
        [ANY4] = "xxxx.xx",      [ONE4] = "xx.x.xx",      [LOOP4] = "x.xx.x.",
        [ANY6] = "xxxxxxx",      [ANY6_ONLY] = "...xx..", [MAPPED_ANY] = "xxxx.xx",
        [MAPPED_ONE] = "xx.x.xx"};
    struct rig r;

    rig_open(&r, 1);
    for (unsigned i = 0; i < 2 * PLACES * PLACES; i++) {
        enum place a = (enum place)(i / 2 / PLACES), b = (enum place)(i / 2 % PLACES);
        enum tarn_type type = i % 2 == 0 ? TARN_DGRAM : TARN_STREAM;
        struct tarn_addr to_a, to_b;
        tarn_sock first = open_at(&r, a, type, &to_a), second = open_at(&r, b, type, &to_b);

        CHECK_EQ(tarn_bind(r.st, first, &to_a), 0);
        CHECK_EQ(tarn_bind(r.st, second, &to_b), conflict[a][b] == 'x' ? -TARN_EADDRINUSE : 0);
        tarn_close(r.st, first, r.now);
        tarn_close(r.st, second, r.now);
    }
    rig_close(&r);
}

TEST(family, what_a_socket_may_not_bind_to)
{
    struct tarn_addr mapped, link, one = six(0x20, 1, 0, 7);
    struct rig r;
    tarn_sock s;

    rig_open(&r, 1);
    mapped = four(r.ip, 7);
    link = six(0xfe, 1, 0, 7);
    s = open_as(&r, TARN_INET, TARN_DGRAM, false);
    CHECK_EQ(tarn_bind(r.st, s, &one), -TARN_EAFNOSUPPORT);
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_IPV6_V6ONLY, 1, r.now), -TARN_ENOPROTOOPT);
    s = open_as(&r, TARN_INET6, TARN_DGRAM, true);
    CHECK_EQ(tarn_bind(r.st, s, &mapped), -TARN_EINVAL);
    CHECK_EQ(tarn_bind(r.st, s, &one), -TARN_EADDRNOTAVAIL);
    CHECK_EQ(tarn_bind(r.st, s, &link), -TARN_EINVAL);
    link.zone = RIG_PORT + 1;
    CHECK_EQ(tarn_bind(r.st, s, &link), -TARN_EADDRNOTAVAIL);
    link.zone = 99;
    CHECK_EQ(tarn_bind(r.st, s, &link), -TARN_ENODEV);
    link.zone = RIG_PORT + 1;
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_BINDTODEVICE, 1, r.now), 0);
    CHECK_EQ(tarn_bind(r.st, s, &link), -TARN_EINVAL);
    one = six(0, 0, 0, 7);
    CHECK_EQ(tarn_bind(r.st, s, &one), 0);
    CHECK_EQ(tarn_setopt(r.st, s, TARN_SO_IPV6_V6ONLY, 0, r.now), -TARN_EINVAL);
    rig_close(&r);
}

TEST(family, peers_that_a_socket_may_not_have)
{
    struct tarn_addr mapped, link = six(0xfe, 9, 0, 7), global = six(0x20, 9, 0, 7);
    struct rig r;
    tarn_sock s;

    rig_open_quiet(&r, 1);
    mapped = four(RIG_PEER_IP, 7);
    s = open_as(&r, TARN_INET, TARN_DGRAM, false);
    CHECK_EQ(tarn_connect(r.st, s, &global, r.now), -TARN_EAFNOSUPPORT);
    s = open_as(&r, TARN_INET6, TARN_DGRAM, true);
    CHECK_EQ(tarn_connect(r.st, s, &mapped, r.now), -TARN_ENETUNREACH);
    CHECK_EQ(tarn_connect(r.st, s, &link, r.now), -TARN_EINVAL);
    s = open_as(&r, TARN_INET6, TARN_STREAM, true);
    CHECK_EQ(tarn_connect(r.st, s, &mapped, r.now), -TARN_ENETUNREACH);
    CHECK_EQ(tarn_connect(r.st, s, &link, r.now), -TARN_EINVAL);
    s = open_as(&r, TARN_INET6, TARN_DGRAM, false);
    mapped = four(r.ip, 9);
    CHECK_EQ(tarn_bind(r.st, s, &mapped), 0);
    CHECK_EQ(tarn_connect(r.st, s, &global, r.now), -TARN_EAFNOSUPPORT);
    rig_close(&r);
}

/* A dual socket hears IPv4 and names its peers by mapped addresses; one of IPv4 is preferred. */
TEST(family, a_mapped_peer_is_a_conversation_of_ipv4)
{
    struct tarn_addr everywhere = six(0, 0, 0, 7), to, from;
    char got[8];
    struct tarn_iov iov = {got, sizeof got};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &from};
    tarn_sock dual, client, native;
    struct rig a, b;

    rig_open(&a, 1);
    rig_open(&b, 2);
    dual = open_as(&b, TARN_INET6, TARN_DGRAM, false);
    CHECK_EQ(tarn_setopt(b.st, dual, TARN_SO_REUSEADDR, 1, b.now), 0);
    CHECK_EQ(tarn_bind(b.st, dual, &everywhere), 0);
    client = open_as(&a, TARN_INET6, TARN_DGRAM, false);
    to = four(b.ip, 7);
    CHECK_EQ(tarn_connect(a.st, client, &to, a.now), 0);
    CHECK_EQ(tarn_local(a.st, client, &from), 0);
    CHECK_EQ(tarn_ip_to4(&from.ip), a.ip);
    CHECK_EQ(tarn_send(a.st, client, "one", 3, a.now), 3);
    rig_run(&a, &b);
    CHECK_EQ(tarn_recvmsg(b.st, dual, &m, b.now), 3);
    CHECK(tarn_ip_is4(&from.ip));
    CHECK_EQ(tarn_ip_to4(&from.ip), a.ip);
    iov.len = 3;
    CHECK_EQ(tarn_sendmsg(b.st, dual, &m, b.now), 3);
    rig_run(&a, &b);
    CHECK_EQ(tarn_recv(a.st, client, got, sizeof got, a.now), 3);
    native = open_as(&b, TARN_INET, TARN_DGRAM, false);
    CHECK_EQ(tarn_setopt(b.st, native, TARN_SO_REUSEADDR, 1, b.now), 0);
    to = four(0, 7);
    CHECK_EQ(tarn_bind(b.st, native, &to), 0);
    CHECK_EQ(tarn_send(a.st, client, "two", 3, a.now), 3);
    rig_run(&a, &b);
    CHECK_EQ(tarn_recv(b.st, dual, got, sizeof got, b.now), -TARN_EAGAIN);
    CHECK_EQ(tarn_recv(b.st, native, got, sizeof got, b.now), 3);
    rig_close(&a);
    rig_close(&b);
}

TEST(family, v6only_hears_no_ipv4)
{
    struct tarn_addr everywhere = six(0, 0, 0, 7), to;
    tarn_sock only, client;
    struct rig a, b;
    char got[8];

    rig_open(&a, 1);
    rig_open(&b, 2);
    only = open_as(&b, TARN_INET6, TARN_DGRAM, true);
    CHECK_EQ(tarn_bind(b.st, only, &everywhere), 0);
    client = open_as(&a, TARN_INET, TARN_DGRAM, false);
    to = four(b.ip, 7);
    CHECK_EQ(tarn_connect(a.st, client, &to, a.now), 0);
    CHECK_EQ(tarn_send(a.st, client, "x", 1, a.now), 1);
    rig_run(&a, &b);
    CHECK_EQ(tarn_recv(b.st, only, got, sizeof got, b.now), -TARN_EAGAIN);
    CHECK_EQ(tarn_recv(a.st, client, got, sizeof got, a.now), -TARN_ECONNREFUSED);
    rig_close(&a);
    rig_close(&b);
}

TEST(family, a_dual_listener_accepts_ipv4)
{
    struct tarn_addr everywhere = six(0, 0, 0, 80), to, from;
    tarn_sock listener, client, accepted;
    struct rig a, b;

    rig_open(&a, 1);
    rig_open(&b, 2);
    listener = open_as(&b, TARN_INET6, TARN_STREAM, false);
    CHECK_EQ(tarn_bind(b.st, listener, &everywhere), 0);
    CHECK_EQ(tarn_listen(b.st, listener, 5), 0);
    client = open_as(&a, TARN_INET6, TARN_STREAM, false);
    to = four(b.ip, 80);
    CHECK_EQ(tarn_connect(a.st, client, &to, a.now), -TARN_EINPROGRESS);
    rig_run(&a, &b);
    CHECK_EQ(tarn_accept(b.st, listener, &accepted, &from), 0);
    CHECK(tarn_ip_is4(&from.ip));
    CHECK_EQ(tarn_ip_to4(&from.ip), a.ip);
    rig_close(&a);
    rig_close(&b);
}
