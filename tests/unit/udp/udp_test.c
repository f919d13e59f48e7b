/* tests/unit/udp/udp_test.c - datagram sockets, as a program and as a peer see them. */
#include "tests/unit/rig.h"

static uint8_t frame[RIG_FRAME], data[70000], got[70000];

static tarn_sock open_udp(struct rig *r)
{
    tarn_sock s;

    CHECK_EQ(tarn_open(r->st, TARN_INET, TARN_DGRAM, 0, 0, &s), 0);
    return s;
}

static struct tarn_addr at(uint32_t ip, uint16_t port)
{
    return (struct tarn_addr){.ip = tarn_ip4(ip), .port = port};
}

static tarn_sock bound(struct rig *r, uint32_t ip, uint16_t port)
{
    struct tarn_addr local = at(ip, port);
    tarn_sock s = open_udp(r);

    CHECK_EQ(tarn_bind(r->st, s, &local), 0);
    return s;
}

static long send_to(struct rig *r, tarn_sock s, uint32_t ip, uint16_t port, size_t n)
{
    struct tarn_addr to = at(ip, port);
    struct tarn_iov iov = {data, n};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1, .name = &to};

    return tarn_sendmsg(r->st, s, &m, r->now);
}

static long recv_flags(struct rig *r, tarn_sock s, size_t n, unsigned flags, unsigned *out)
{
    struct tarn_iov iov[2] = {{got, n / 2}, {got + n / 2, n - n / 2}};
    struct tarn_msg m = {.iov = iov, .n_iov = 2, .flags = flags};
    long res = tarn_recvmsg(r->st, s, &m, r->now);

    if (out != NULL)
        *out = m.out_flags;
    return res;
}

static void open_pair(struct rig *a, struct rig *b)
{
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 13 + (i >> 8));
    rig_open(a, 1);
    rig_open(b, 2);
    rig_run(a, b);
}

static void close_pair(struct rig *a, struct rig *b)
{
    rig_close(a);
    rig_close(b);
}

TEST(udp, every_size_arrives_whole)
{
    static const size_t sizes[] = {0, 1, 160, 161, 1472, 1473, 2960, 8000, 60000, 65507};
    struct rig a, b;
    tarn_sock s, c;

    open_pair(&a, &b);
    s = bound(&b, 0, 7);
    c = open_udp(&a);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        CHECK_EQ(send_to(&a, c, b.ip, 7, sizes[i]), (long)sizes[i]);
        rig_run(&a, &b);
        CHECK_EQ(recv_flags(&b, s, sizeof got, 0, NULL), (long)sizes[i]);
        CHECK_MEM(got, data, sizes[i]);
    }
    CHECK_EQ(send_to(&a, c, b.ip, 7, 65508), -TARN_EMSGSIZE);
    CHECK_EQ(tarn_setopt(a.st, c, TARN_SO_IP_MTU_DISCOVER, 2, a.now), 0);
    CHECK_EQ(send_to(&a, c, b.ip, 7, 1473), -TARN_EMSGSIZE);
    CHECK_EQ(send_to(&a, c, b.ip, 7, 1472), 1472);
    close_pair(&a, &b);
}

TEST(udp, peek_truncation_and_lengths)
{
    struct rig a, b;
    tarn_sock s, c;
    unsigned flags;
    int64_t n;

    open_pair(&a, &b);
    s = bound(&b, b.ip, 7);
    c = open_udp(&a);
    CHECK_EQ(send_to(&a, c, b.ip, 7, 100), 100);
    CHECK_EQ(send_to(&a, c, b.ip, 7, 50), 50);
    rig_run(&a, &b);
    CHECK_EQ(tarn_getopt(b.st, s, TARN_SO_NREAD, &n), 0);
    CHECK_EQ(n, 100);
    CHECK_EQ(recv_flags(&b, s, 1000, TARN_MSG_PEEK, &flags), 100);
    CHECK_EQ(flags, 0);
    CHECK_EQ(recv_flags(&b, s, 10, TARN_MSG_PEEK | TARN_MSG_TRUNC, &flags), 100);
    CHECK_EQ(flags, TARN_MSG_TRUNC);
    CHECK_EQ(recv_flags(&b, s, 10, 0, &flags), 10);
    CHECK_EQ(flags, TARN_MSG_TRUNC);
    CHECK_EQ(recv_flags(&b, s, 1000, 0, &flags), 50);
    CHECK_EQ(tarn_ready(b.st, s), TARN_OUT);
    CHECK_EQ(recv_flags(&b, s, 1000, 0, &flags), -TARN_EAGAIN);
    close_pair(&a, &b);
}

TEST(udp, a_refused_port_is_told_to_the_connected_socket_once)
{
    struct rig a, b;
    struct tarn_addr peer;
    struct tarn_event ev;
    tarn_sock c, other;

    open_pair(&a, &b);
    peer = at(b.ip, 7);
    c = open_udp(&a);
    other = open_udp(&a);
    CHECK_EQ(tarn_connect(a.st, c, &peer, a.now), 0);
    CHECK_EQ(tarn_send(a.st, c, data, 10, a.now), 10);
    CHECK_EQ(send_to(&a, other, b.ip, 7, 10), 10);
    rig_run(&a, &b);
    CHECK(tarn_event(a.st, &ev));
    CHECK_EQ(ev.sock.slot, c.slot);
    CHECK_EQ(ev.ready, TARN_OUT | TARN_ERR);
    CHECK_EQ(tarn_recv(a.st, c, got, 10, a.now), -TARN_ECONNREFUSED);
    CHECK_EQ(tarn_recv(a.st, c, got, 10, a.now), -TARN_EAGAIN);
    CHECK_EQ(tarn_recv(a.st, other, got, 10, a.now), -TARN_EAGAIN);
    CHECK_EQ(tarn_drop_count(b.st, DROP_UDP_NO_SOCKET), 2);
    close_pair(&a, &b);
}

TEST(udp, a_connected_socket_hears_its_peer_alone)
{
    struct rig a, b;
    struct tarn_addr peer, local;
    tarn_sock c, s, stranger;

    open_pair(&a, &b);
    s = bound(&b, 0, 7);
    stranger = bound(&b, 0, 8);
    c = open_udp(&a);
    peer = at(b.ip, 7);
    CHECK_EQ(tarn_peer(a.st, c, &local), -TARN_ENOTCONN);
    CHECK_EQ(tarn_connect(a.st, c, &peer, a.now), 0);
    CHECK_EQ(tarn_local(a.st, c, &local), 0);
    CHECK_EQ(tarn_ip_to4(&local.ip), a.ip);
    CHECK(local.port >= 32768 && local.port <= 60999);
    CHECK_EQ(send_to(&b, stranger, a.ip, local.port, 10), 10);
    CHECK_EQ(send_to(&b, s, a.ip, local.port, 20), 20);
    rig_run(&a, &b);
    CHECK_EQ(tarn_recv(a.st, c, got, 100, a.now), 20);
    CHECK_EQ(tarn_recv(a.st, c, got, 100, a.now), -TARN_EAGAIN);
    peer = (struct tarn_addr){.ip = tarn_ip4(0)};
    CHECK_EQ(tarn_connect(a.st, c, &peer, a.now), 0);
    CHECK_EQ(tarn_send(a.st, c, data, 1, a.now), -TARN_EDESTADDRREQ);
    CHECK_EQ(tarn_peer(a.st, c, &local), -TARN_ENOTCONN);
    close_pair(&a, &b);
}

TEST(udp, the_better_match_gets_the_datagram)
{
    struct rig a, b;
    tarn_sock any, exact, c;

    open_pair(&a, &b);
    any = open_udp(&b);
    exact = open_udp(&b);
    CHECK_EQ(tarn_setopt(b.st, any, TARN_SO_REUSEADDR, 1, b.now), 0);
    CHECK_EQ(tarn_setopt(b.st, exact, TARN_SO_REUSEADDR, 1, b.now), 0);
    CHECK_EQ(tarn_bind(b.st, exact, &(struct tarn_addr){.ip = tarn_ip4(b.ip), .port = 7}), 0);
    CHECK_EQ(tarn_bind(b.st, any, &(struct tarn_addr){.ip = tarn_ip4(0), .port = 7}), 0);
    c = open_udp(&a);
    CHECK_EQ(send_to(&a, c, b.ip, 7, 10), 10);
    rig_run(&a, &b);
    CHECK_EQ(tarn_recv(b.st, any, got, 100, b.now), -TARN_EAGAIN);
    CHECK_EQ(tarn_recv(b.st, exact, got, 100, b.now), 10);
    close_pair(&a, &b);
}

TEST(udp, sockets_that_share_a_port_share_its_flows)
{
    struct rig a, b;
    tarn_sock s[4];
    unsigned heard = 0;

    open_pair(&a, &b);
    for (unsigned i = 0; i < 4; i++) {
        s[i] = open_udp(&b);
        CHECK_EQ(tarn_setopt(b.st, s[i], TARN_SO_REUSEPORT, 1, b.now), 0);
        CHECK_EQ(tarn_bind(b.st, s[i], &(struct tarn_addr){.ip = tarn_ip4(0), .port = 7}), 0);
    }
    for (unsigned i = 0; i < 64; i++) {
        tarn_sock c = open_udp(&a);

        CHECK_EQ(send_to(&a, c, b.ip, 7, 10), 10);
        CHECK_EQ(send_to(&a, c, b.ip, 7, 10), 10);
        rig_run(&a, &b);
        for (unsigned k = 0; k < 4; k++) {
            long n = tarn_recv(b.st, s[k], got, 100, b.now);

            CHECK_EQ(n > 0, tarn_recv(b.st, s[k], got, 100, b.now) > 0);
            heard |= n > 0 ? 1u << k : 0;
        }
        tarn_close(a.st, c, a.now);
    }
    CHECK_EQ(heard, 15);
    close_pair(&a, &b);
}

TEST(udp, a_broadcast_reaches_every_listener)
{
    struct rig a, b;
    tarn_sock s, t, c;

    open_pair(&a, &b);
    s = open_udp(&b);
    t = open_udp(&b);
    CHECK_EQ(tarn_setopt(b.st, s, TARN_SO_REUSEADDR, 1, b.now), 0);
    CHECK_EQ(tarn_setopt(b.st, t, TARN_SO_REUSEADDR, 1, b.now), 0);
    CHECK_EQ(tarn_bind(b.st, s, &(struct tarn_addr){.ip = tarn_ip4(0), .port = 7}), 0);
    CHECK_EQ(tarn_bind(b.st, t, &(struct tarn_addr){.ip = tarn_ip4(0), .port = 7}), 0);
    c = open_udp(&a);
    CHECK_EQ(send_to(&a, c, 0x0a0000ff, 7, 10), -TARN_EACCES);
    CHECK_EQ(tarn_setopt(a.st, c, TARN_SO_BROADCAST, 1, a.now), 0);
    CHECK_EQ(send_to(&a, c, 0x0a0000ff, 7, 10), 10);
    CHECK_EQ(send_to(&a, c, 0x0a0000ff, 9, 10), 10);
    rig_run(&a, &b);
    CHECK_EQ(tarn_recv(b.st, s, got, 100, b.now), 10);
    CHECK_EQ(tarn_recv(b.st, t, got, 100, b.now), 10);
    CHECK_EQ(tarn_stat(b.st, TARN_STAT_ICMP_OUT), 0);
    close_pair(&a, &b);
}

TEST(udp, a_full_send_buffer_says_again_and_then_writable)
{
    struct tarn_event ev;
    struct rig a, b;
    tarn_sock c;
    unsigned n = 0;

    open_pair(&a, &b);
    (void)bound(&b, 0, 7);
    c = open_udp(&a);
    while (send_to(&a, c, b.ip, 7, 1000) == 1000)
        CHECK(n++ < 1000);
    CHECK(n > 30);
    CHECK_EQ(tarn_ready(a.st, c), 0);
    rig_run(&a, &b);
    CHECK(tarn_event(a.st, &ev));
    CHECK_EQ(ev.ready, TARN_OUT);
    CHECK_EQ(send_to(&a, c, b.ip, 7, 1000), 1000);
    close_pair(&a, &b);
}

TEST(udp, what_was_sent_before_close_leaves)
{
    struct rig a, b;
    tarn_sock s, c;

    open_pair(&a, &b);
    s = bound(&b, 0, 7);
    c = open_udp(&a);
    CHECK_EQ(send_to(&a, c, b.ip, 7, 10), 10);
    CHECK_EQ(send_to(&a, c, b.ip, 7, 20), 20);
    tarn_close(a.st, c, a.now);
    CHECK_EQ(send_to(&a, c, b.ip, 7, 10), -TARN_EBADF);
    rig_run(&a, &b);
    CHECK_EQ(tarn_recv(b.st, s, got, 100, b.now), 10);
    CHECK_EQ(tarn_recv(b.st, s, got, 100, b.now), 20);
    close_pair(&a, &b);
}

TEST(udp, no_checksum_is_taken_and_a_computed_zero_is_sent_as_ones)
{
    struct udp_hdr h = {.src_port = 1, .dst_port = 7, .bytes = 12};
    uint8_t message[12] = {0};
    struct rig r;
    tarn_sock s;

    rig_open_quiet(&r, 1);
    s = bound(&r, 0, 7);
    udp_build(message, &h);
    rig_input(&r, frame, rig_ip4(&r, frame, (struct ip4_hdr){.proto = IP_PROTO_UDP}, message, 12));
    CHECK_EQ(tarn_recv(r.st, s, got, 100, r.now), 4);
    rig_introduce(&r);
    for (unsigned i = 0; i < 70000; i++) {
        store_be16(data, (uint16_t)i);
        CHECK_EQ(send_to(&r, s, RIG_PEER_IP, 9, 2), 2);
        CHECK_EQ(rig_output(&r, frame), 44);
        CHECK(load_be16(frame + 40) != 0);
        if (load_be16(frame + 40) == 0xffff) {
            rig_close(&r);
            return;
        }
    }
    test_fail(__FILE__, __LINE__, "no datagram had a sum of zero");
}

TEST(udp, shutdown_ends_directions)
{
    struct rig a, b;
    struct tarn_addr peer;
    tarn_sock c;

    open_pair(&a, &b);
    (void)bound(&b, 0, 7);
    c = open_udp(&a);
    CHECK_EQ(tarn_shutdown(a.st, c, TARN_SHUT_WR, a.now), -TARN_ENOTCONN);
    peer = at(b.ip, 7);
    CHECK_EQ(tarn_connect(a.st, c, &peer, a.now), 0);
    CHECK_EQ(tarn_shutdown(a.st, c, TARN_SHUT_WR, a.now), 0);
    CHECK_EQ(tarn_send(a.st, c, data, 1, a.now), -TARN_EPIPE);
    CHECK_EQ(tarn_shutdown(a.st, c, TARN_SHUT_RD, a.now), 0);
    CHECK_EQ(tarn_recv(a.st, c, got, 1, a.now), 0);
    CHECK_EQ(tarn_ready(a.st, c) & TARN_HUP, TARN_HUP);
    close_pair(&a, &b);
}
