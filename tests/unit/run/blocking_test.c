/* tests/unit/run/blocking_test.c - calls that wait, against an echo server on a second stack that
 * shares the loop. */
#include "run/blocking.h"

#include "run/clock.h"
#include "tests/unit/test.h"

#include <string.h>

enum { ERROR_BYTES = 256, PORT = 7, BULK = 3000000 };

static const tarn_ns SECOND = 1000000000;

/* Two stacks joined by a pair: `a` calls, `b` serves. */
struct two {
    struct run_stack a, b;
    struct link *link[2];
    unsigned accepted, closed;
};

static void echo(struct two *t, tarn_sock s, tarn_ns now)
{
    char buf[4096];
    long n;

    while ((n = tarn_recv(t->b.st, s, buf, sizeof buf, now)) > 0)
        CHECK_EQ(tarn_send(t->b.st, s, buf, (size_t)n, now), n);
    if (n != -TARN_EAGAIN) {
        tarn_close(t->b.st, s, now);
        t->closed++;
    }
}

static void serve(void *ctx, struct tarn *st, const struct tarn_event *ev, tarn_ns now)
{
    struct two *t = ctx;
    tarn_sock s;

    if (ev->kind != TARN_EVENT_SOCKET)
        return;
    if (ev->user != PORT) {
        echo(t, ev->sock, now);
        return;
    }
    while (tarn_accept(st, ev->sock, &s, NULL) == 0) {
        tarn_set_user(st, s, 0);
        t->accepted++;
    }
}

static unsigned interface(struct run_stack *s, struct link *l, uint32_t ip)
{
    struct tarn_port_info info = {
        .name = "tarn0", .mtu = l->caps.mtu, .offload = l->caps.offload, .medium = l->caps.medium};
    struct tarn_address address = {.prefix = {tarn_ip4(ip), 96 + 24}};
    int port;

    memcpy(info.mac, l->caps.mac, 6);
    port = tarn_port_add(s->st, &info, NULL);
    CHECK(port > 0);
    info.up = info.carrier = true;
    CHECK_EQ(tarn_port_set(s->st, (unsigned)port, &info, run_clock(), NULL), 0);
    address.port = (unsigned)port;
    CHECK_EQ(tarn_address_add(s->st, &address, run_clock(), NULL), 0);
    return (unsigned)port;
}

static void two_open(struct two *t)
{
    struct run_stack_config plain = {.arena_bytes = 256 << 20};
    struct tarn_addr at = {.ip = tarn_ip4(0), .port = PORT};
    char error[ERROR_BYTES];
    tarn_sock listener;

    memset(t, 0, sizeof *t);
    CHECK_EQ(run_stack_open(&t->a, &plain, error, sizeof error), 0);
    CHECK_EQ(run_stack_open(&t->b, &plain, error, sizeof error), 0);
    CHECK_EQ(link_open_pair(&t->link[0], t->a.st, &t->link[1], t->b.st, 1500), 0);
    CHECK_EQ(run_loop_add_stack(t->a.loop, t->b.st, serve, t), 0);
    CHECK_EQ(run_loop_add_link(t->a.loop, t->link[0], interface(&t->a, t->link[0], 0x0a000001)), 0);
    CHECK_EQ(run_loop_add_link(t->a.loop, t->link[1], interface(&t->b, t->link[1], 0x0a000002)), 0);
    CHECK_EQ(tarn_open(t->b.st, TARN_INET, TARN_STREAM, 0, PORT, &listener), 0);
    CHECK_EQ(tarn_bind(t->b.st, listener, &at), 0);
    CHECK_EQ(tarn_listen(t->b.st, listener, 16), 0);
}

static void two_close(struct two *t)
{
    link_close(t->link[0]);
    link_close(t->link[1]);
    run_stack_close(&t->a);
    run_stack_close(&t->b);
}

static tarn_sock client(struct two *t)
{
    tarn_sock s;

    CHECK_EQ(tarn_open(t->a.st, TARN_INET, TARN_STREAM, 0, 0, &s), 0);
    return s;
}

static const struct tarn_addr *server(uint16_t port)
{
    static struct tarn_addr at;

    at = (struct tarn_addr){.ip = tarn_ip4(0x0a000002), .port = port};
    return &at;
}

TEST(blocking, connects_sends_receives_and_sees_the_end)
{
    struct two t;
    char buf[16];
    tarn_sock s;

    two_open(&t);
    s = client(&t);
    CHECK_EQ(run_connect(&t.a, s, server(PORT), SECOND), 0);
    CHECK_EQ(run_send(&t.a, s, "hello", 5, SECOND), 5);
    CHECK_EQ(run_recv(&t.a, s, buf, sizeof buf, SECOND), 5);
    CHECK_MEM(buf, "hello", 5);
    CHECK_EQ(tarn_shutdown(t.a.st, s, TARN_SHUT_WR, run_clock()), 0);
    CHECK_EQ(run_recv(&t.a, s, buf, sizeof buf, SECOND), 0);
    CHECK_EQ(t.accepted, 1);
    CHECK_EQ(t.closed, 1);
    two_close(&t);
}

/* More than any buffer holds; the server is always ready to take it. */
TEST(blocking, bulk_comes_back_whole)
{
    static uint8_t out[BULK], in[BULK];
    size_t sent = 0, got = 0;
    struct two t;
    tarn_sock s;

    for (size_t i = 0; i < BULK; i++)
        out[i] = (uint8_t)(i * 31 + (i >> 9));
    two_open(&t);
    s = client(&t);
    CHECK_EQ(run_connect(&t.a, s, server(PORT), SECOND), 0);
    while (got < BULK) {
        size_t n = BULK - sent < 8192 ? BULK - sent : 8192;
        long r;

        CHECK_EQ(run_send(&t.a, s, out + sent, n, SECOND), n);
        sent += n;
        r = run_recv(&t.a, s, in + got, BULK - got, SECOND);
        CHECK(r > 0);
        got += (size_t)r;
    }
    CHECK_MEM(in, out, BULK);
    two_close(&t);
}

TEST(blocking, timeouts_end_a_wait)
{
    struct two t;
    char buf[1];
    tarn_ns begun;
    tarn_sock s;

    two_open(&t);
    s = client(&t);
    CHECK_EQ(run_connect(&t.a, s, server(PORT), SECOND), 0);
    begun = run_clock();
    CHECK_EQ(run_recv(&t.a, s, buf, 1, SECOND / 50), -TARN_ETIMEDOUT);
    CHECK(run_clock() - begun >= SECOND / 50);
    CHECK_EQ(run_wait(&t.a, s, TARN_OUT, SECOND) & TARN_OUT, TARN_OUT);
    two_close(&t);
}

TEST(blocking, a_refused_connection_says_so)
{
    struct two t;

    two_open(&t);
    CHECK_EQ(run_connect(&t.a, client(&t), server(PORT + 1), SECOND), -TARN_ECONNREFUSED);
    two_close(&t);
}

TEST(blocking, accept_waits_for_a_connection)
{
    struct two t;
    tarn_sock listener, s;
    struct tarn_addr at = {.ip = tarn_ip4(0), .port = 99}, peer;

    two_open(&t);
    listener = client(&t);
    CHECK_EQ(tarn_bind(t.a.st, listener, &at), 0);
    CHECK_EQ(tarn_listen(t.a.st, listener, 1), 0);
    CHECK_EQ(run_accept(&t.a, listener, &s, &peer, SECOND / 100), -TARN_ETIMEDOUT);
    CHECK_EQ(tarn_open(t.b.st, TARN_INET, TARN_STREAM, 0, 1, &s), 0);
    at.ip = tarn_ip4(0x0a000001);
    CHECK_EQ(tarn_connect(t.b.st, s, &at, run_clock()), -TARN_EINPROGRESS);
    CHECK_EQ(run_accept(&t.a, listener, &s, &peer, SECOND), 0);
    CHECK_EQ(tarn_ip_to4(&peer.ip), 0x0a000002);
    two_close(&t);
}
