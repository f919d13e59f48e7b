/* tests/unit/udp/udp_test.c - datagram sockets, as a program and as a peer see them, in both
 * families. */
#include "tests/unit/udp/frames.h"

static uint8_t data[70000], got[70000];

static long send_to(struct duo *d, struct rig *r, tarn_sock s, uint8_t host, uint16_t port,
                    size_t n)
{
    struct tarn_addr to = duo_at(d, host, port);

    return duo_send(r, s, &to, NULL, data, n);
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

static void open_pair(struct duo *d, enum tarn_family family)
{
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 13 + (i >> 8));
    duo_open(d, family);
}

TEST(udp, every_size_arrives_whole)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        size_t most = f == 0 ? 65507 : 65527, fits = f == 0 ? 1472 : 1452;
        const size_t sizes[] = {0, 1, 160, 161, fits, fits + 1, 2960, 8000, 60000, most};
        struct duo d;
        tarn_sock s, c;

        open_pair(&d, families[f]);
        s = duo_udp(&d, &d.b, 7);
        c = duo_udp(&d, &d.a, 0);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            CHECK_EQ(send_to(&d, &d.a, c, 2, 7, sizes[i]), (long)sizes[i]);
            duo_run(&d);
            CHECK_EQ(recv_flags(&d.b, s, sizeof got, 0, NULL), (long)sizes[i]);
            CHECK_MEM(got, data, sizes[i]);
        }
        CHECK_EQ(send_to(&d, &d.a, c, 2, 7, most + 1), -TARN_EMSGSIZE);
        duo_set(&d.a, c, duo_opt(&d, TARN_SO_IP_MTU_DISCOVER, TARN_SO_IPV6_MTU_DISCOVER), 2);
        CHECK_EQ(send_to(&d, &d.a, c, 2, 7, fits + 1), -TARN_EMSGSIZE);
        CHECK_EQ(send_to(&d, &d.a, c, 2, 7, fits), (long)fits);
        duo_close(&d);
    }
}

TEST(udp, peek_truncation_and_lengths)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr local;
        struct duo d;
        tarn_sock s, c;
        unsigned flags;

        open_pair(&d, families[f]);
        s = duo_udp(&d, &d.b, 0);
        local = duo_at(&d, 2, 7);
        CHECK_EQ(tarn_bind(d.b.st, s, &local), 0);
        c = duo_udp(&d, &d.a, 0);
        CHECK_EQ(send_to(&d, &d.a, c, 2, 7, 100), 100);
        CHECK_EQ(send_to(&d, &d.a, c, 2, 7, 50), 50);
        duo_run(&d);
        CHECK_EQ(duo_get(&d.b, s, TARN_SO_NREAD), 100);
        CHECK_EQ(recv_flags(&d.b, s, 1000, TARN_MSG_PEEK, &flags), 100);
        CHECK_EQ(flags, 0);
        CHECK_EQ(recv_flags(&d.b, s, 10, TARN_MSG_PEEK | TARN_MSG_TRUNC, &flags), 100);
        CHECK_EQ(flags, TARN_MSG_TRUNC);
        CHECK_EQ(recv_flags(&d.b, s, 10, 0, &flags), 10);
        CHECK_EQ(flags, TARN_MSG_TRUNC);
        CHECK_EQ(recv_flags(&d.b, s, 1000, 0, &flags), 50);
        CHECK_EQ(tarn_ready(d.b.st, s), TARN_OUT);
        CHECK_EQ(recv_flags(&d.b, s, 1000, 0, &flags), -TARN_EAGAIN);
        duo_close(&d);
    }
}

TEST(udp, a_refused_port_is_told_to_the_connected_socket_once)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr peer;
        struct tarn_event ev;
        tarn_sock c, other;
        struct duo d;

        open_pair(&d, families[f]);
        peer = duo_at(&d, 2, 7);
        c = duo_udp(&d, &d.a, 0);
        other = duo_udp(&d, &d.a, 0);
        CHECK_EQ(tarn_connect(d.a.st, c, &peer, d.a.now), 0);
        CHECK_EQ(tarn_send(d.a.st, c, data, 10, d.a.now), 10);
        CHECK_EQ(send_to(&d, &d.a, other, 2, 7, 10), 10);
        duo_run(&d);
        CHECK(tarn_event(d.a.st, &ev));
        CHECK_EQ(ev.sock.slot, c.slot);
        CHECK_EQ(ev.ready, TARN_OUT | TARN_ERR);
        CHECK_EQ(tarn_recv(d.a.st, c, got, 10, d.a.now), -TARN_ECONNREFUSED);
        CHECK_EQ(tarn_recv(d.a.st, c, got, 10, d.a.now), -TARN_EAGAIN);
        CHECK_EQ(tarn_recv(d.a.st, other, got, 10, d.a.now), -TARN_EAGAIN);
        CHECK_EQ(tarn_drop_count(d.b.st, DROP_UDP_NO_SOCKET), 2);
        duo_close(&d);
    }
}

TEST(udp, a_connected_socket_hears_its_peer_alone)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr peer, local, want;
        tarn_sock c, s, stranger;
        struct duo d;

        open_pair(&d, families[f]);
        s = duo_udp(&d, &d.b, 7);
        stranger = duo_udp(&d, &d.b, 8);
        c = duo_udp(&d, &d.a, 0);
        peer = duo_at(&d, 2, 7);
        want = duo_at(&d, 1, 0);
        CHECK_EQ(tarn_peer(d.a.st, c, &local), -TARN_ENOTCONN);
        CHECK_EQ(tarn_connect(d.a.st, c, &peer, d.a.now), 0);
        CHECK_EQ(tarn_local(d.a.st, c, &local), 0);
        CHECK(tarn_ip_equal(&local.ip, &want.ip));
        CHECK(local.port >= 32768 && local.port <= 60999);
        CHECK_EQ(send_to(&d, &d.b, stranger, 1, local.port, 10), 10);
        CHECK_EQ(send_to(&d, &d.b, s, 1, local.port, 20), 20);
        duo_run(&d);
        CHECK_EQ(tarn_recv(d.a.st, c, got, 100, d.a.now), 20);
        CHECK_EQ(tarn_recv(d.a.st, c, got, 100, d.a.now), -TARN_EAGAIN);
        peer = duo_at(&d, 0, 0);
        CHECK_EQ(tarn_connect(d.a.st, c, &peer, d.a.now), 0);
        CHECK_EQ(tarn_send(d.a.st, c, data, 1, d.a.now), -TARN_EDESTADDRREQ);
        CHECK_EQ(tarn_peer(d.a.st, c, &local), -TARN_ENOTCONN);
        CHECK_EQ(tarn_local(d.a.st, c, &local), 0);
        CHECK(tarn_ip_equal(&local.ip, &peer.ip));
        duo_close(&d);
    }
}

TEST(udp, the_better_match_gets_the_datagram)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr one, all;
        tarn_sock any, exact, c;
        struct duo d;

        open_pair(&d, families[f]);
        one = duo_at(&d, 2, 7);
        all = duo_at(&d, 0, 7);
        any = duo_udp(&d, &d.b, 0);
        exact = duo_udp(&d, &d.b, 0);
        duo_set(&d.b, any, TARN_SO_REUSEADDR, 1);
        duo_set(&d.b, exact, TARN_SO_REUSEADDR, 1);
        CHECK_EQ(tarn_bind(d.b.st, exact, &one), 0);
        CHECK_EQ(tarn_bind(d.b.st, any, &all), 0);
        c = duo_udp(&d, &d.a, 0);
        CHECK_EQ(send_to(&d, &d.a, c, 2, 7, 10), 10);
        duo_run(&d);
        CHECK_EQ(tarn_recv(d.b.st, any, got, 100, d.b.now), -TARN_EAGAIN);
        CHECK_EQ(tarn_recv(d.b.st, exact, got, 100, d.b.now), 10);
        duo_close(&d);
    }
}

TEST(udp, a_broadcast_reaches_every_listener)
{
    struct tarn_addr all = {.ip = tarn_ip4(0x0a0000ff), .port = 7};
    struct duo d;
    tarn_sock s[2], c;

    open_pair(&d, TARN_INET);
    for (unsigned i = 0; i < 2; i++) {
        struct tarn_addr any = duo_at(&d, 0, 7);

        s[i] = duo_udp(&d, &d.b, 0);
        duo_set(&d.b, s[i], TARN_SO_REUSEADDR, 1);
        CHECK_EQ(tarn_bind(d.b.st, s[i], &any), 0);
    }
    c = duo_udp(&d, &d.a, 0);
    CHECK_EQ(duo_send(&d.a, c, &all, NULL, data, 10), -TARN_EACCES);
    duo_set(&d.a, c, TARN_SO_BROADCAST, 1);
    CHECK_EQ(duo_send(&d.a, c, &all, NULL, data, 10), 10);
    all.port = 9;
    CHECK_EQ(duo_send(&d.a, c, &all, NULL, data, 10), 10);
    duo_run(&d);
    CHECK_EQ(tarn_recv(d.b.st, s[0], got, 100, d.b.now), 10);
    CHECK_EQ(tarn_recv(d.b.st, s[1], got, 100, d.b.now), 10);
    CHECK_EQ(tarn_stat(d.b.st, TARN_STAT_ICMP_OUT), 0);
    duo_close(&d);
}

TEST(udp, a_full_send_buffer_says_again_and_then_writable)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_event ev;
        struct duo d;
        tarn_sock c;
        unsigned n = 0;

        open_pair(&d, families[f]);
        (void)duo_udp(&d, &d.b, 7);
        c = duo_udp(&d, &d.a, 0);
        while (send_to(&d, &d.a, c, 2, 7, 1000) == 1000)
            CHECK(n++ < 1000);
        CHECK(n > 30);
        CHECK_EQ(tarn_ready(d.a.st, c), 0);
        duo_run(&d);
        CHECK(tarn_event(d.a.st, &ev));
        CHECK_EQ(ev.ready, TARN_OUT);
        CHECK_EQ(send_to(&d, &d.a, c, 2, 7, 1000), 1000);
        duo_close(&d);
    }
}

TEST(udp, a_full_receive_queue_is_a_drop_by_name)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_usage u;
        struct duo d;
        tarn_sock s, c;
        unsigned n = 0;

        open_pair(&d, families[f]);
        s = duo_udp(&d, &d.b, 7);
        duo_set(&d.b, s, TARN_SO_RCVBUF, 10000);
        c = duo_udp(&d, &d.a, 0);
        for (unsigned i = 0; i < 50; i++) {
            CHECK_EQ(send_to(&d, &d.a, c, 2, 7, 1), 1);
            duo_run(&d);
        }
        while (tarn_recv(d.b.st, s, got, 100, d.b.now) == 1)
            n++;
        CHECK(n >= 10 && n < 50);
        CHECK_EQ(tarn_drop_count(d.b.st, DROP_SOCK_QUEUE), 50 - n);
        tarn_close(d.b.st, s, d.b.now);
        tarn_usage(d.b.st, &u);
        CHECK_EQ(u.packets, 0);
        duo_close(&d);
    }
}

TEST(udp, what_was_sent_before_close_leaves)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct duo d;
        tarn_sock s, c;

        open_pair(&d, families[f]);
        s = duo_udp(&d, &d.b, 7);
        c = duo_udp(&d, &d.a, 0);
        CHECK_EQ(send_to(&d, &d.a, c, 2, 7, 10), 10);
        CHECK_EQ(send_to(&d, &d.a, c, 2, 7, 20), 20);
        tarn_close(d.a.st, c, d.a.now);
        CHECK_EQ(send_to(&d, &d.a, c, 2, 7, 10), -TARN_EBADF);
        duo_run(&d);
        CHECK_EQ(tarn_recv(d.b.st, s, got, 100, d.b.now), 10);
        CHECK_EQ(tarn_recv(d.b.st, s, got, 100, d.b.now), 20);
        duo_close(&d);
    }
}

TEST(udp, a_computed_zero_is_sent_as_ones)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        static uint8_t frame[RIG_FRAME];
        bool found = false;
        struct duo d;
        tarn_sock s;

        open_pair(&d, families[f]);
        s = duo_udp(&d, &d.a, 7);
        for (unsigned i = 0; i < 70000 && !found; i++) {
            const uint8_t *udp = frame + frame_payload_at(d.family);

            store_be16(data, (uint16_t)i);
            CHECK_EQ(send_to(&d, &d.a, s, 2, 9, 2), 2);
            CHECK(rig_output(&d.a, frame) > 0);
            CHECK(load_be16(udp + 6) != 0);
            found = load_be16(udp + 6) == 0xffff;
        }
        CHECK(found);
        duo_close(&d);
    }
}

TEST(udp, shutdown_ends_directions)
{
    for (unsigned f = 0; f < FAMILIES; f++) {
        struct tarn_addr peer;
        struct duo d;
        tarn_sock c;

        open_pair(&d, families[f]);
        (void)duo_udp(&d, &d.b, 7);
        c = duo_udp(&d, &d.a, 0);
        CHECK_EQ(tarn_shutdown(d.a.st, c, TARN_SHUT_WR, d.a.now), -TARN_ENOTCONN);
        peer = duo_at(&d, 2, 7);
        CHECK_EQ(tarn_connect(d.a.st, c, &peer, d.a.now), 0);
        CHECK_EQ(tarn_shutdown(d.a.st, c, TARN_SHUT_WR, d.a.now), 0);
        CHECK_EQ(tarn_send(d.a.st, c, data, 1, d.a.now), -TARN_EPIPE);
        CHECK_EQ(tarn_shutdown(d.a.st, c, TARN_SHUT_RD, d.a.now), 0);
        CHECK_EQ(tarn_recv(d.a.st, c, got, 1, d.a.now), 0);
        CHECK_EQ(tarn_ready(d.a.st, c) & TARN_HUP, TARN_HUP);
        duo_close(&d);
    }
}
