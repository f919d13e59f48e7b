/* tests/unit/tcp/age_test.c - connections that live long: clocks of 32 bits wrap under them, and
 * they are silent for weeks. TCP counts milliseconds in 32 bits, 49.7 days of them; a timestamp is
 * older or younger than another within 24.8 (RFC 7323 5.5). */
#include "tests/unit/tcp/bulk.h"

EACH_FAMILY();

#define DAY_NS (UINT64_C(24) * 3600 * RIG_S)

static const uint64_t wrap_ns = (UINT64_C(1) << 32) * RIG_MS,
                      half_ns = (UINT64_C(1) << 31) * RIG_MS;

static struct wire w;

/* n bytes from one end arrive at the other within the time. */
static bool says(const struct wire_pair *p, int from, size_t n, tarn_ns within)
{
    static uint8_t out[20000], in[20000];
    tarn_ns until = wire_now(&w) + within;
    size_t got = 0;

    memset(out, 'a' + from, n);
    CHECK_EQ(tarn_send(w.end[from].st, p->s[from], out, n, wire_now(&w)), (long)n);
    while (got < n && wire_now(&w) < until) {
        long k;

        wire_wait(&w, RIG_MS);
        k = tarn_recv(w.end[!from].st, p->s[!from], in + got, n - got, wire_now(&w));
        CHECK(k > 0 || k == -TARN_EAGAIN);
        got += k > 0 ? (size_t)k : 0;
    }
    return got == n && memcmp(in, out, n) == 0;
}

static void end_all(struct wire_pair *p)
{
    for (int end = 0; end < 2; end++)
        tarn_close(w.end[end].st, p->s[end], wire_now(&w));
    tarn_close(w.end[1].st, p->listener, wire_now(&w));
    wire_wait(&w, 300 * RIG_S);
    wire_check_empty(&w);
    wire_close(&w);
}

/* Weeks without a segment. What either end says then is news, not an old duplicate, and goes at
 * once. */
TEST(age, silent_for_weeks)
{
    static const unsigned days[] = {1, 24, 25, 30, 49, 50, 75, 100};
    struct wire_law law = {.delay_ns = 5 * RIG_MS};

    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct wire_pair p;

        wire_open(&w, &law, 0, 1);
        p = wire_pair_open(&w);
        CHECK(says(&p, 0, 5000, 100 * RIG_MS));
        wire_wait(&w, days[i] * DAY_NS);
        CHECK(says(&p, 1, 5000, 100 * RIG_MS));
        wire_wait(&w, days[i] * DAY_NS);
        CHECK(says(&p, 1, 5000, 100 * RIG_MS));
        CHECK(says(&p, 0, 5000, 100 * RIG_MS));
        end_all(&p);
    }
}

/* Only one end speaks, and the other hears nothing but ACKs for weeks. */
TEST(age, a_byte_a_day_for_months)
{
    struct wire_pair p;

    wire_open(&w, NULL, 0, 1);
    p = wire_pair_open(&w);
    for (unsigned day = 0; day < 120; day++) {
        CHECK(says(&p, 0, 1, 100 * RIG_MS));
        wire_wait(&w, DAY_NS);
    }
    CHECK(says(&p, 1, 5000, 100 * RIG_MS));
    end_all(&p);
}

/* The clock of milliseconds passes `at` in the middle of a transfer with losses. */
static void transfer_across(uint64_t at)
{
    struct wire_law law = {
        .delay_ns = 20 * RIG_MS, .loss = 30, .reorder = 30, .reorder_ns = RIG_MS};

    wire_open(&w, &law, 0, 5);
    wire_wait(&w, at - 2 * RIG_S - wire_now(&w));
    (void)bulk_both_ways(&w, 1000000, 65536, 300 * RIG_S);
    CHECK(wire_now(&w) > at);
    wire_close(&w);
}

TEST(age, a_transfer_while_milliseconds_wrap)
{
    transfer_across(half_ns);
    transfer_across(wrap_ns);
    transfer_across(2 * wrap_ns);
}

/* Two hours between probes: some six hundred while the clock wraps. */
TEST(age, keep_alive_for_fifty_days)
{
    struct wire_law law = {.delay_ns = 5 * RIG_MS, .loss = 100};
    struct wire_pair p;

    wire_open(&w, &law, 0, 7);
    p = wire_pair_open(&w);
    CHECK_EQ(tarn_setopt(w.end[0].st, p.s[0], TARN_SO_KEEPALIVE, 1, wire_now(&w)), 0);
    wire_wait(&w, 50 * DAY_NS);
    CHECK_EQ(wire_state(&w, 0, p.s[0]), TARN_TCP_ESTABLISHED);
    w.cut = true;
    wire_wait(&w, DAY_NS / 4);
    CHECK_EQ(wire_state(&w, 0, p.s[0]), TARN_TCP_CLOSED); /* and it notices when the peer goes */
    wire_close(&w);
}

/* A reader that does not read for two months: the writer asks, and goes on as soon as it may. */
TEST(age, window_closed_for_two_months)
{
    static uint8_t bytes[65536];
    struct wire_pair p;
    long n;
    uint64_t written = 0, read = 0;

    wire_open(&w, NULL, 0, 9);
    p = wire_pair_open(&w);
    for (int i = 0; i < 200; i++) {
        n = tarn_send(w.end[0].st, p.s[0], bytes, sizeof bytes, wire_now(&w));
        written += n > 0 ? (uint64_t)n : 0;
        wire_wait(&w, 100 * RIG_MS);
    }
    CHECK_EQ(n, -TARN_EAGAIN);
    wire_wait(&w, 60 * DAY_NS);
    CHECK_EQ(wire_state(&w, 0, p.s[0]), TARN_TCP_ESTABLISHED);
    for (int i = 0; i < 2000 && read < written; i++) {
        while ((n = tarn_recv(w.end[1].st, p.s[1], bytes, sizeof bytes, wire_now(&w))) > 0)
            read += (uint64_t)n;
        wire_wait(&w, RIG_MS);
    }
    CHECK_EQ(read, written);
    end_all(&p);
}

/* All ports are in TIME-WAIT: who connects is told so, until a later timestamp can tell the new
 * connection from the old one (RFC 6191). */
TEST(age, ports_run_out_and_come_back)
{
    enum { PORTS = 10 };
    struct tarn_addr to;
    struct wire_pair p;
    tarn_sock s;

    wire_open(&w, NULL, 0, 11);
    to = wire_addr(1, 80);
    CHECK_EQ(tarn_param_set(w.end[0].st, "sock.port-last", 40000 + PORTS - 1), 0);
    CHECK_EQ(tarn_param_set(w.end[0].st, "sock.port-first", 40000), 0);
    CHECK_EQ(tarn_param_set(w.end[0].st, "tcp.time-wait-reuse", 3), 0);
    p.listener = wire_listen(&w, 1, 80, 16);
    for (unsigned i = 0; i < 3 * PORTS; i++) {
        if (i > 0 && i % PORTS == 0) {
            CHECK_EQ(tarn_open(w.end[0].st, family_now, TARN_STREAM, 0, 0, &s), 0);
            CHECK_EQ(tarn_connect(w.end[0].st, s, &to, wire_now(&w)), -TARN_EADDRNOTAVAIL);
            tarn_close(w.end[0].st, s, wire_now(&w));
            wire_wait(&w, 1100 * RIG_MS);
        }
        p.s[0] = wire_connect(&w, 0, 80);
        wire_wait(&w, 10 * RIG_MS);
        CHECK_EQ(tarn_accept(w.end[1].st, p.listener, &p.s[1], NULL), 0);
        CHECK(says(&p, 0, 100, 100 * RIG_MS));
        CHECK(says(&p, 1, 100, 100 * RIG_MS));
        tarn_close(w.end[0].st, p.s[0], wire_now(&w));
        wire_wait(&w, 10 * RIG_MS);
        tarn_close(w.end[1].st, p.s[1], wire_now(&w));
        wire_wait(&w, 10 * RIG_MS);
    }
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    wire_wait(&w, 300 * RIG_S);
    wire_check_empty(&w);
    wire_close(&w);
}
