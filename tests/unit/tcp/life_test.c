/* tests/unit/tcp/life_test.c - many connections, odd ends, and nothing left behind. */
#include "tests/unit/tcp/bulk.h"

#include "tcp/tcp.h"

static struct wire w;

EACH_FAMILY();

static void begin(uint64_t delay_ns)
{
    struct wire_law law = {.delay_ns = delay_ns};

    wire_open(&w, &law, 0, 9);
}

/* All ports of both ends are closed; after TIME-WAIT nothing is left. */
static void end(void)
{
    wire_wait(&w, 130 * RIG_S);
    wire_check_empty(&w);
    wire_close(&w);
}

static long say(int from, tarn_sock s, const char *text)
{
    return tarn_send(w.end[from].st, s, text, strlen(text), wire_now(&w));
}

static long hear(int at, tarn_sock s, char *buf, size_t n)
{
    return tarn_recv(w.end[at].st, s, buf, n, wire_now(&w));
}

static int64_t option(int at, tarn_sock s, enum tarn_opt opt)
{
    int64_t value = -1;

    CHECK_EQ(tarn_getopt(w.end[at].st, s, opt, &value), 0);
    return value;
}

TEST(life, an_idle_connection_costs_512_bytes)
{
    struct wire_pair p;
    char buf[8];

    CHECK(sizeof(struct tcp_sock) <= 512);
    begin(RIG_MS);
    p = wire_pair_open(&w);
    CHECK_EQ(say(0, p.s[0], "hello"), 5);
    wire_wait(&w, 10 * RIG_MS);
    CHECK_EQ(hear(1, p.s[1], buf, sizeof buf), 5);
    CHECK(tcp_layer(w.end[0].st)->actives.n_used > 0);
    wire_wait(&w, 2 * RIG_S);
    for (int i = 0; i < 2; i++) {
        struct tarn_usage u;

        tarn_usage(w.end[i].st, &u);
        CHECK_EQ(u.chunks, 0);
        CHECK_EQ(tcp_layer(w.end[i].st)->actives.n_used, 0);
        CHECK_EQ(tcp_layer(w.end[i].st)->recs.n_used, 0);
        tarn_close(w.end[i].st, p.s[i], wire_now(&w));
    }
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    end();
}

TEST(life, two_thousand_at_once)
{
    enum { N = 2000 };
    static tarn_sock c[N], s[N];
    tarn_sock l;
    char buf[16];

    begin(RIG_MS);
    l = wire_listen(&w, 1, 80, N);
    for (int i = 0; i < N; i++)
        c[i] = wire_connect(&w, 0, 80);
    wire_wait(&w, RIG_S);
    for (int i = 0; i < N; i++) {
        CHECK_EQ(tarn_accept(w.end[1].st, l, &s[i], NULL), 0);
        CHECK_EQ(say(0, c[i], "question"), 8);
    }
    CHECK_EQ(tarn_accept(w.end[1].st, l, &s[0], NULL), -TARN_EAGAIN);
    wire_wait(&w, RIG_S);
    for (int i = 0; i < N; i++) {
        CHECK_EQ(hear(1, s[i], buf, sizeof buf), 8);
        CHECK_EQ(say(1, s[i], "answer"), 6);
        tarn_close(w.end[1].st, s[i], wire_now(&w));
    }
    wire_wait(&w, RIG_S);
    for (int i = 0; i < N; i++) {
        CHECK_EQ(hear(0, c[i], buf, sizeof buf), 6);
        CHECK_EQ(hear(0, c[i], buf, sizeof buf), 0);
        tarn_close(w.end[0].st, c[i], wire_now(&w));
    }
    tarn_close(w.end[1].st, l, wire_now(&w));
    end();
}

TEST(life, ten_thousand_one_after_another)
{
    tarn_sock l, c, s;

    begin(RIG_MS);
    l = wire_listen(&w, 1, 80, 5);
    for (int i = 0; i < 10000; i++) {
        c = wire_connect(&w, 0, 80);
        wire_wait(&w, 5 * RIG_MS);
        CHECK_EQ(tarn_accept(w.end[1].st, l, &s, NULL), 0);
        tarn_close(w.end[i & 1].st, i & 1 ? s : c, wire_now(&w));
        wire_wait(&w, 5 * RIG_MS);
        tarn_close(w.end[!(i & 1)].st, i & 1 ? c : s, wire_now(&w));
    }
    tarn_close(w.end[1].st, l, wire_now(&w));
    end();
}

TEST(life, few_ports_serve_many_connections)
{
    tarn_sock l, c, s;

    begin(RIG_MS);
    tarn_param_set(w.end[0].st, "sock.port-first", 40000);
    tarn_param_set(w.end[0].st, "sock.port-last", 40009);
    tarn_param_set(w.end[0].st, "tcp.time-wait-reuse", 3);
    l = wire_listen(&w, 1, 80, 5);
    for (int i = 0; i < 50; i++) { /* each port every two seconds, beside its TIME-WAIT */
        c = wire_connect(&w, 0, 80);
        wire_wait(&w, 100 * RIG_MS);
        CHECK_EQ(tarn_accept(w.end[1].st, l, &s, NULL), 0);
        tarn_close(w.end[0].st, c, wire_now(&w));
        wire_wait(&w, 50 * RIG_MS);
        tarn_close(w.end[1].st, s, wire_now(&w));
        wire_wait(&w, 50 * RIG_MS);
    }
    tarn_close(w.end[1].st, l, wire_now(&w));
    end();
}

TEST(life, closing_with_unread_data_resets)
{
    struct wire_pair p;
    char buf[8];

    begin(RIG_MS);
    p = wire_pair_open(&w);
    CHECK_EQ(say(1, p.s[1], "unread"), 6);
    wire_wait(&w, 10 * RIG_MS);
    tarn_close(w.end[0].st, p.s[0], wire_now(&w));
    wire_wait(&w, 10 * RIG_MS);
    CHECK(tarn_ready(w.end[1].st, p.s[1]) & TARN_ERR);
    CHECK_EQ(hear(1, p.s[1], buf, sizeof buf), -TARN_ECONNRESET);
    CHECK_EQ(hear(1, p.s[1], buf, sizeof buf), 0);
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    end();
}

TEST(life, lingering_for_no_time_resets)
{
    struct wire_pair p;
    char buf[8];

    begin(RIG_MS);
    p = wire_pair_open(&w);
    CHECK_EQ(tarn_setopt(w.end[0].st, p.s[0], TARN_SO_LINGER, 0, wire_now(&w)), 0);
    CHECK_EQ(say(0, p.s[0], "lost"), 4);
    tarn_close(w.end[0].st, p.s[0], wire_now(&w));
    wire_wait(&w, 10 * RIG_MS);
    CHECK_EQ(hear(1, p.s[1], buf, sizeof buf), -TARN_ECONNRESET);
    CHECK_EQ(say(1, p.s[1], "gone"), -TARN_EPIPE);
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    end();
}

TEST(life, data_before_a_reset_is_read_first)
{
    struct wire_pair p;
    char buf[8];

    begin(RIG_MS);
    p = wire_pair_open(&w);
    CHECK_EQ(say(0, p.s[0], "last"), 4);
    wire_wait(&w, 10 * RIG_MS);
    tarn_abort(w.end[0].st, p.s[0], wire_now(&w));
    wire_wait(&w, 10 * RIG_MS);
    CHECK_EQ(hear(1, p.s[1], buf, sizeof buf), 4);
    CHECK_EQ(hear(1, p.s[1], buf, sizeof buf), -TARN_ECONNRESET);
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    end();
}

TEST(life, a_refused_connection_may_be_tried_again)
{
    tarn_sock c, l, s;
    struct tarn_addr to;

    begin(RIG_MS);
    c = wire_connect(&w, 0, 80);
    wire_wait(&w, 10 * RIG_MS); /* at once, not after a timer */
    CHECK_EQ(tarn_ready(w.end[0].st, c), TARN_IN | TARN_OUT | TARN_ERR | TARN_HUP | TARN_RDHUP);
    CHECK_EQ(option(0, c, TARN_SO_ERROR), TARN_ECONNREFUSED);
    CHECK_EQ(option(0, c, TARN_SO_ERROR), 0);
    l = wire_listen(&w, 1, 80, 1);
    to = wire_addr(1, 80);
    CHECK_EQ(tarn_connect(w.end[0].st, c, &to, wire_now(&w)), -TARN_EINPROGRESS);
    wire_wait(&w, 10 * RIG_MS);
    CHECK_EQ(wire_state(&w, 0, c), TARN_TCP_ESTABLISHED);
    CHECK_EQ(tarn_accept(w.end[1].st, l, &s, NULL), 0);
    CHECK_EQ(tarn_connect(w.end[0].st, c, &to, wire_now(&w)), -TARN_EISCONN);
    tarn_close(w.end[0].st, c, wire_now(&w));
    tarn_close(w.end[1].st, s, wire_now(&w));
    tarn_close(w.end[1].st, l, wire_now(&w));
    end();
}

TEST(life, nobody_answers)
{
    tarn_sock c;

    begin(RIG_MS);
    w.cut = true;
    c = wire_connect(&w, 0, 80);
    wire_wait(&w, 126900 * RIG_MS); /* 1 + 2 + 4 + ... + 64 seconds, as Linux */
    CHECK_EQ(tarn_ready(w.end[0].st, c), 0);
    wire_wait(&w, 200 * RIG_MS);
    CHECK(tarn_ready(w.end[0].st, c) & TARN_ERR);
    CHECK_EQ(option(0, c, TARN_SO_ERROR), TARN_ETIMEDOUT);
    tarn_close(w.end[0].st, c, wire_now(&w));
    end();
}

TEST(life, both_open_at_once)
{
    struct tarn_addr at[2] = {wire_addr(0, 7000), wire_addr(1, 7000)};
    tarn_sock s[2];
    char buf[8];

    begin(10 * RIG_MS);
    for (int i = 0; i < 2; i++)
        at[i] = wire_addr(i, 7000);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(tarn_open(w.end[i].st, family_now, TARN_STREAM, 0, 0, &s[i]), 0);
        CHECK_EQ(tarn_bind(w.end[i].st, s[i], &at[i]), 0);
        CHECK_EQ(tarn_connect(w.end[i].st, s[i], &at[!i], wire_now(&w)), -TARN_EINPROGRESS);
    }
    wire_wait(&w, 100 * RIG_MS);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(wire_state(&w, i, s[i]), TARN_TCP_ESTABLISHED);
        CHECK_EQ(say(i, s[i], "both"), 4);
    }
    wire_wait(&w, 100 * RIG_MS);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(hear(i, s[i], buf, sizeof buf), 4);
        tarn_close(w.end[i].st, s[i], wire_now(&w)); /* and both close at once */
    }
    end();
}

TEST(life, a_socket_connects_to_itself)
{
    struct tarn_addr at = {.port = 6000};
    struct tarn *st;
    tarn_sock s;
    char buf[8];

    begin(RIG_MS);
    st = w.end[0].st;
    at.ip = family_now == TARN_INET6 ? (struct tarn_ip){{[15] = 1}} : tarn_ip4(0x7f000001);
    CHECK_EQ(tarn_open(st, family_now, TARN_STREAM, 0, 0, &s), 0);
    CHECK_EQ(tarn_bind(st, s, &at), 0);
    CHECK_EQ(tarn_connect(st, s, &at, wire_now(&w)), -TARN_EINPROGRESS);
    wire_wait(&w, 10 * RIG_MS);
    CHECK_EQ(wire_state(&w, 0, s), TARN_TCP_ESTABLISHED);
    CHECK_EQ(say(0, s, "echo"), 4);
    wire_wait(&w, 10 * RIG_MS);
    CHECK_EQ(hear(0, s, buf, sizeof buf), 4);
    CHECK_MEM(buf, "echo", 4);
    tarn_close(st, s, wire_now(&w));
    end();
}

/* Fill the peer's window so that nothing more may go, then close: the FIN waits too. */
static struct wire_pair closed_with_full_window(void)
{
    struct wire_pair p;
    long n;

    begin(RIG_MS);
    bulk_init();
    p = wire_pair_open(&w);
    CHECK_EQ(tarn_setopt(w.end[1].st, p.s[1], TARN_SO_RCVBUF, 4096, wire_now(&w)), 0);
    do {
        n = tarn_send(w.end[0].st, p.s[0], bulk_bytes, 1000, wire_now(&w));
        wire_wait(&w, 10 * RIG_MS);
    } while (n == 1000 && option(0, p.s[0], TARN_SO_NOTSENT) == 0);
    tarn_close(w.end[0].st, p.s[0], wire_now(&w));
    return p;
}

TEST(life, an_orphan_waits_for_a_slow_reader)
{
    static char buf[200000];
    struct wire_pair p = closed_with_full_window();

    wire_wait(&w, 60 * RIG_S);
    while (hear(1, p.s[1], buf, sizeof buf) > 0)
        wire_wait(&w, 30 * RIG_S);
    CHECK_EQ(hear(1, p.s[1], buf, sizeof buf), 0); /* the end, and no reset */
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    end();
}

TEST(life, an_orphan_does_not_wait_for_ever)
{
    struct wire_pair p = closed_with_full_window();
    struct tarn_usage u;

    wire_wait(&w, 1000 * RIG_S);
    tarn_usage(w.end[0].st, &u);
    CHECK_EQ(u.sockets, 0);
    CHECK_EQ(u.chunks, 0);
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    end();
}

TEST(life, half_close_lets_the_answer_through)
{
    struct wire_pair p;
    char buf[8];

    begin(RIG_MS);
    p = wire_pair_open(&w);
    CHECK_EQ(say(0, p.s[0], "ask"), 3);
    CHECK_EQ(tarn_shutdown(w.end[0].st, p.s[0], TARN_SHUT_WR, wire_now(&w)), 0);
    CHECK_EQ(say(0, p.s[0], "more"), -TARN_EPIPE);
    wire_wait(&w, 10 * RIG_S);
    CHECK_EQ(hear(1, p.s[1], buf, sizeof buf), 3);
    CHECK_EQ(hear(1, p.s[1], buf, sizeof buf), 0);
    CHECK_EQ(wire_state(&w, 0, p.s[0]), TARN_TCP_FIN_WAIT_2);
    CHECK_EQ(say(1, p.s[1], "answer"), 6);
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    wire_wait(&w, 10 * RIG_MS);
    CHECK_EQ(hear(0, p.s[0], buf, sizeof buf), 6);
    CHECK_EQ(hear(0, p.s[0], buf, sizeof buf), 0);
    tarn_close(w.end[0].st, p.s[0], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    end();
}

TEST(life, time_is_accounted_to_what_it_was_spent_on)
{
    struct tarn_tcp_info info;
    struct wire_pair p;

    begin(50 * RIG_MS);
    p = wire_pair_open(&w);
    wire_wait(&w, RIG_S);
    CHECK_EQ(say(0, p.s[0], "hello"), 5);
    wire_wait(&w, RIG_S);
    CHECK_EQ(tarn_tcp_info(w.end[0].st, p.s[0], &info, wire_now(&w)), 0);
    CHECK(info.busy_us >= 99000 && info.busy_us <= 141000); /* a round trip and a delayed ACK */
    CHECK_EQ(info.rwnd_limited_us, 0);
    CHECK_EQ(info.sndbuf_limited_us, 0);
    CHECK(info.handshake_us >= 100000 && info.handshake_us < 101000);
    CHECK_EQ(info.bytes_acked, 6); /* as Linux counts: the SYN, too */
    CHECK_EQ(info.bytes_sent, 5);
    for (int i = 0; i < 2; i++)
        tarn_close(w.end[i].st, p.s[i], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    end();
}

TEST(life, a_listener_that_closes_resets_who_waits)
{
    tarn_sock l, c;
    char buf[8];

    begin(RIG_MS);
    l = wire_listen(&w, 1, 80, 5);
    c = wire_connect(&w, 0, 80);
    wire_wait(&w, 10 * RIG_MS);
    CHECK_EQ(wire_state(&w, 0, c), TARN_TCP_ESTABLISHED);
    tarn_close(w.end[1].st, l, wire_now(&w));
    wire_wait(&w, 10 * RIG_MS);
    CHECK_EQ(hear(0, c, buf, sizeof buf), -TARN_ECONNRESET);
    tarn_close(w.end[0].st, c, wire_now(&w));
    end();
}

TEST(life, a_peer_that_vanishes_is_given_up)
{
    struct wire_pair p;

    begin(RIG_MS);
    p = wire_pair_open(&w);
    w.cut = true;
    CHECK_EQ(say(0, p.s[0], "lost"), 4);
    tarn_close(w.end[0].st, p.s[0], wire_now(&w)); /* an orphan with data: tcp.orphan-retries */
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    wire_wait(&w, 300 * RIG_S);
    w.cut = false;
    end();
}

TEST(life, the_reader_sets_the_pace)
{
    static uint8_t buf[4096];
    struct wire_pair p;
    uint64_t sent = 0, got = 0;
    long n;

    begin(RIG_MS);
    bulk_init();
    p = wire_pair_open(&w);
    while ((n = tarn_send(w.end[0].st, p.s[0], bulk_bytes + sent % BULK_PERIOD, 30000,
                          wire_now(&w))) > 0) {
        sent += (uint64_t)n;
        wire_wait(&w, 50 * RIG_MS);
    }
    CHECK_EQ(n, -TARN_EAGAIN);
    wire_wait(&w, 500 * RIG_S); /* window probes, for long */
    while (got < sent) {
        n = tarn_recv(w.end[1].st, p.s[1], buf, 1 + (size_t)(got % 4000), wire_now(&w));
        if (n == -TARN_EAGAIN) {
            wire_wait(&w, 200 * RIG_S);
            continue;
        }
        CHECK(n > 0);
        CHECK(memcmp(buf, bulk_bytes + got % BULK_PERIOD, (size_t)n) == 0);
        got += (uint64_t)n;
    }
    CHECK(tarn_ready(w.end[0].st, p.s[0]) & TARN_OUT);
    tarn_close(w.end[0].st, p.s[0], wire_now(&w));
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    end();
}

TEST(life, keepalive_sleeps_while_data_waits_for_a_silent_peer)
{
    struct wire_pair p;
    tarn_ns until;
    unsigned turns = 0;

    begin(RIG_MS);
    p = wire_pair_open(&w);
    CHECK_EQ(tarn_setopt(w.end[0].st, p.s[0], TARN_SO_KEEPALIVE, 1, wire_now(&w)), 0);
    CHECK_EQ(tarn_setopt(w.end[0].st, p.s[0], TARN_SO_TCP_KEEPIDLE, 2, wire_now(&w)), 0);
    CHECK_EQ(tarn_setopt(w.end[0].st, p.s[0], TARN_SO_TCP_KEEPINTVL, 1, wire_now(&w)), 0);
    w.cut = true;
    CHECK_EQ(say(0, p.s[0], "hello"), 5);
    until = wire_now(&w) + 10 * RIG_S;
    while (turns < 1000 && wire_step(&w, until))
        turns++;
    CHECK(turns < 100); /* retransmissions and keep-alive's look once a second */
    tarn_abort(w.end[0].st, p.s[0], wire_now(&w));
    tarn_abort(w.end[1].st, p.s[1], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    end();
}

TEST(life, the_least_segment_has_payload_beside_full_options)
{
    enum { TIMESTAMPS = 12, SACK_BLOCKS = 4 + 3 * 8 };

    begin(RIG_MS);
    CHECK_EQ(tarn_param_set(w.end[0].st, "tcp.mss-min", TIMESTAMPS + SACK_BLOCKS), -TARN_EINVAL);
    CHECK_EQ(tarn_param_set(w.end[0].st, "tcp.mss-min", 48), 0);
    end();
}
