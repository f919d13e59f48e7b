/* tests/unit/tcp/pair_test.c - a connection's life between two stacks over the public API. */
#include "tests/unit/tcp/wire.h"

static struct wire w;

EACH_FAMILY();

TEST(pair, handshake_data_and_close)
{
    struct wire_law law = {.delay_ns = 5 * RIG_MS};
    struct wire_pair p;
    char buf[64];

    wire_open(&w, &law, 0, 1);
    p = wire_pair_open(&w);
    CHECK_EQ(tarn_send(w.end[0].st, p.s[0], "hello", 5, wire_now(&w)), 5);
    wire_wait(&w, 100 * RIG_MS);
    CHECK_EQ(tarn_recv(w.end[1].st, p.s[1], buf, sizeof buf, wire_now(&w)), 5);
    CHECK_MEM(buf, "hello", 5);
    CHECK_EQ(tarn_recv(w.end[1].st, p.s[1], buf, sizeof buf, wire_now(&w)), -TARN_EAGAIN);
    CHECK_EQ(tarn_send(w.end[1].st, p.s[1], "world!", 6, wire_now(&w)), 6);
    wire_wait(&w, 100 * RIG_MS);
    CHECK_EQ(tarn_recv(w.end[0].st, p.s[0], buf, sizeof buf, wire_now(&w)), 6);
    CHECK_MEM(buf, "world!", 6);

    tarn_close(w.end[0].st, p.s[0], wire_now(&w));
    wire_wait(&w, 100 * RIG_MS);
    CHECK_EQ(wire_state(&w, 1, p.s[1]), TARN_TCP_CLOSE_WAIT);
    CHECK_EQ(tarn_recv(w.end[1].st, p.s[1], buf, sizeof buf, wire_now(&w)), 0);
    tarn_close(w.end[1].st, p.s[1], wire_now(&w));
    tarn_close(w.end[1].st, p.listener, wire_now(&w));
    wire_wait(&w, 1 * RIG_S);
    wire_wait(&w, 61 * RIG_S);
    wire_check_empty(&w);
    wire_close(&w);
}
