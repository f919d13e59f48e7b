/* tests/unit/tcp/fastopen_test.c - many short connections over a hostile wire, begun by fast open
 * with and without cookies, by SYN cookies and as ever.
 *
 * A client sends a request with its SYN where it may; the server answers as soon as it has
 * accepted. Every byte is compared. A SYN that was overtaken by the connection's end begins another
 * one (RFC 7413 2.1): its peer knows nothing of it, so it must hold the beginning of the same
 * request, and end by a reset. */
#include "tests/unit/tcp/invariants.h"
#include "tests/unit/tcp/wire.h"

enum { REQUEST_MAX = 5000, ANSWER_MAX = 5000, CONNECTIONS = 8, SERVED_MAX = 64 };

static struct wire w;

EACH_FAMILY();

struct served {
    tarn_sock s;
    uint32_t read, written;
    bool whole, ended;
};

struct exchange {
    struct rng rng;
    tarn_sock listener, client;
    uint32_t request, answer, sent, got;
    bool deferred, begun, shut, done;
    struct served served[SERVED_MAX];
    unsigned n_served;
};

static uint8_t byte_at(uint32_t place)
{
    return (uint8_t)(place * 7 + place / 251);
}

static void fill(uint8_t *at, uint32_t place, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = byte_at(place + (uint32_t)i);
}

static void check_bytes(const uint8_t *at, uint32_t place, long n)
{
    for (long i = 0; i < n; i++)
        CHECK_EQ(at[i], byte_at(place + (uint32_t)i));
}

/* The server ---------------------------------------------------------------------------------- */

static void serve_one(struct exchange *x, struct served *c)
{
    struct tarn *st = w.end[1].st;
    uint8_t buf[2000];
    long n;

    if (c->ended)
        return;
    if (c->written < x->answer) {
        n = (long)(x->answer - c->written < sizeof buf ? x->answer - c->written : sizeof buf);
        fill(buf, 1000000 + c->written, (size_t)n);
        n = tarn_send(st, c->s, buf, (size_t)n, wire_now(&w));
        c->written += n > 0 ? (uint32_t)n : 0;
        c->ended = n < 0 && n != -TARN_EAGAIN;
    }
    while ((n = tarn_recv(st, c->s, buf, sizeof buf, wire_now(&w))) > 0) {
        CHECK(c->read + (uint32_t)n <= x->request);
        check_bytes(buf, c->read, n);
        c->read += (uint32_t)n;
    }
    c->whole = n == 0 && c->read == x->request;
    c->ended |= (n == 0 && c->written == x->answer) || (n < 0 && n != -TARN_EAGAIN);
    if (c->ended)
        tarn_close(st, c->s, wire_now(&w));
}

static void serve(struct exchange *x)
{
    tarn_sock s;

    while (x->n_served < SERVED_MAX && tarn_accept(w.end[1].st, x->listener, &s, NULL) == 0)
        x->served[x->n_served++] = (struct served){.s = s};
    for (unsigned i = 0; i < x->n_served; i++)
        serve_one(x, &x->served[i]);
}

/* The client ---------------------------------------------------------------------------------- */

static void client_open(struct exchange *x)
{
    struct tarn *st = w.end[0].st;
    struct tarn_addr to = wire_addr(1, 80);
    int err;

    CHECK_EQ(tarn_open(st, family_now, TARN_STREAM, 0, 0, &x->client), 0);
    x->deferred = rng_below(&x->rng, 2) == 0;
    if (!x->deferred)
        return;
    CHECK_EQ(tarn_setopt(st, x->client, TARN_SO_TCP_FASTOPEN_CONNECT, 1, wire_now(&w)), 0);
    err = tarn_connect(st, x->client, &to, wire_now(&w));
    CHECK(err == 0 || err == -TARN_EINPROGRESS);
}

static void client_send(struct exchange *x)
{
    struct tarn_addr to = wire_addr(1, 80);
    uint8_t buf[REQUEST_MAX];
    uint32_t left = x->request - x->sent;
    struct tarn_iov iov = {buf, left};
    struct tarn_msg m = {.iov = &iov, .n_iov = 1};
    long n;

    fill(buf, x->sent, left);
    if (!x->deferred && !x->begun) {
        m.flags = TARN_MSG_FASTOPEN;
        m.name = &to;
    }
    n = tarn_sendmsg(w.end[0].st, x->client, &m, wire_now(&w));
    x->begun = true;
    CHECK(n > 0 || n == -TARN_EINPROGRESS || n == -TARN_EAGAIN);
    x->sent += n > 0 ? (uint32_t)n : 0;
}

static bool is_connected(struct exchange *x)
{
    int state = wire_state(&w, 0, x->client);

    return state != TARN_TCP_SYN_SENT && state != TARN_TCP_SYN_RECEIVED;
}

static void client(struct exchange *x)
{
    uint8_t buf[2000];
    long n;

    if (x->sent < x->request && (!x->begun || is_connected(x)))
        client_send(x);
    if (x->sent == x->request && !x->shut && is_connected(x)) {
        CHECK_EQ(tarn_shutdown(w.end[0].st, x->client, TARN_SHUT_WR, wire_now(&w)), 0);
        x->shut = true;
    }
    while ((n = tarn_recv(w.end[0].st, x->client, buf, sizeof buf, wire_now(&w))) > 0) {
        check_bytes(buf, 1000000 + x->got, n);
        x->got += (uint32_t)n;
    }
    CHECK(n == 0 || n == -TARN_EAGAIN || n == -TARN_ENOTCONN);
    if (n == 0 && x->shut) {
        CHECK_EQ(x->got, x->answer);
        x->done = true;
    }
}

/* Histories ----------------------------------------------------------------------------------- */

static void run_one(struct exchange *x)
{
    tarn_ns limit = wire_now(&w) + 300 * RIG_S;

    client_open(x);
    while (!x->done && wire_now(&w) < limit) {
        client(x);
        serve(x);
        wire_step(&w, wire_now(&w) + 50 * RIG_MS);
        check_stack(w.end[0].st, wire_now(&w), wire_now(&w) + 100 * RIG_MS);
        check_stack(w.end[1].st, wire_now(&w), wire_now(&w) + 100 * RIG_MS);
    }
    CHECK(x->done);
    tarn_close(w.end[0].st, x->client, wire_now(&w));
}

static void settle(struct exchange *x)
{
    unsigned whole = 0;

    for (int i = 0; i < 400; i++) {
        serve(x);
        wire_wait(&w, RIG_S);
    }
    for (unsigned i = 0; i < x->n_served; i++) {
        whole += x->served[i].whole;
        CHECK(x->served[i].ended);
    }
    CHECK_EQ(whole, 1);
}

static struct wire_law random_law(struct rng *r)
{
    return (struct wire_law){.delay_ns = rng_below(r, 30000000),
                             .loss = rng_below(r, 120),
                             .duplicate = rng_below(r, 100),
                             .reorder = rng_below(r, 300),
                             .reorder_ns = 1 + rng_below(r, 100000000),
                             .corrupt = rng_below(r, 50)};
}

static void history(uint8_t seed)
{
    static const int64_t server[] = {0x603, 0x403, 0x403, 1};
    uint8_t bytes[32] = {seed, 9};
    bool cookies;
    struct rng rng;
    struct wire_law law;

    rng_init(&rng, bytes, 0);
    law = random_law(&rng);
    wire_open(&w, &law, 0, seed);
    tarn_param_set(w.end[1].st, "tcp.fastopen", server[rng_below(&rng, 4)]);
    tarn_param_set(w.end[0].st, "tcp.fastopen", rng_below(&rng, 2) == 0 ? 1 : 5);
    cookies = rng_below(&rng, 3) == 0;
    tarn_param_set(w.end[1].st, "tcp.syncookies", cookies ? 2 : 1);
    for (int i = 0; i < CONNECTIONS; i++) {
        struct exchange x = {.rng = rng};

        rng_u32(&rng);
        x.request = 1 + rng_below(&x.rng, REQUEST_MAX);
        x.answer = rng_below(&x.rng, ANSWER_MAX);
        x.listener = wire_listen(&w, 1, 80, 16);
        run_one(&x);
        settle(&x);
        tarn_close(w.end[1].st, x.listener, wire_now(&w));
    }
    wire_wait(&w, 300 * RIG_S);
    wire_check_empty(&w);
    wire_close(&w);
}

TEST(fastopen, every_byte_arrives_once)
{
    for (uint8_t seed = 1; seed <= 40; seed++)
        history(seed);
}
