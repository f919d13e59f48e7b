/* tests/unit/tcp/reasm_test.c - text in any order, overlapping or not, against a byte array. */
#include "base/rng.h"
#include "tcp/receive/tcp_receive.h"
#include "tcp/tcp_machine.h"
#include "tcp/tcp_queue.h"
#include "tests/unit/rig.h"
#include "tests/unit/tcp/invariants.h"

enum { SPAN = 4000 };

static struct rig r;
static struct tcp_sock *tc;
static uint8_t stream[SPAN];

static void begin(uint32_t rcv_buf)
{
    tarn_sock s;

    rig_open(&r, 1);
    CHECK_EQ(tarn_open(r.st, TARN_INET, TARN_STREAM, 0, 0, &s), 0);
    tc = tcp_of(sock_find(r.st, s));
    tc->state = TARN_TCP_ESTABLISHED;
    tc->adv_mss = 1460;
    tc->rcv_buf = rcv_buf;
    tc->rcv_adv = seq_add(tc->rcv_nxt, rcv_buf);
    for (uint32_t i = 0; i < SPAN; i++)
        stream[i] = (uint8_t)(i * 31 + i / 256);
}

static void end(void)
{
    tcp_deactivate(r.st, tc);
    tcp_queue_purge(r.st, &tc->recvq);
    CHECK_EQ(r.st->held.chunks, 0);
    CHECK_EQ(r.st->held.chunk_bytes, 0);
    CHECK_EQ(tcp_layer(r.st)->runs.n_used, 0);
    rig_close(&r);
}

/* Bytes [from, from + n) arrive, as a packet of the wire: the beginning in the head. */
static enum tcp_verdict arrive(uint32_t from, uint32_t n, bool fin)
{
    struct tcp_seg g = {.now = r.now, .seq = seq(from), .data = n, .fin = fin};
    enum tcp_verdict v;

    g.p = pkt_rx_get(r.st, n + 1);
    CHECK(g.p != NULL);
    if (n > 0) {
        struct tarn_iov iov[2];
        unsigned pieces = pkt_rx_iov(r.st, g.p, iov);
        size_t at = 0;

        for (unsigned i = 0; i < pieces && at < n; i++) {
            size_t part = iov[i].len < n - at ? iov[i].len : n - at;

            memcpy(iov[i].base, stream + from + at, part);
            at += part;
        }
    }
    pkt_rx_filled(r.st, g.p, n);
    g.h.seq = g.seq;
    v = tcp_text(r.st, tc, &g);
    if (v == TCP_CONTINUE && g.fin)
        tc->fin_received = 1;
    tcp_seg_end(r.st, &g, v);
    check_queue(r.st, &tc->recvq);
    if (tc->active != 0)
        check_runs(r.st, tc, tcp_active(r.st, tc));
    return v;
}

static void check_stream(uint32_t n)
{
    static uint8_t got[SPAN];

    CHECK_EQ(tc->recvq.bytes, n);
    CHECK_EQ(tcp_queue_copy(r.st, &tc->recvq, 0, got, SPAN), n);
    CHECK_MEM(got, stream, n);
}

TEST(reasm, every_order_of_five_pieces)
{
    static const uint32_t from[] = {0, 700, 1500, 1600, 3000}, n[] = {800, 900, 200, 1500, 1000};
    unsigned order[5];

    for (unsigned code = 0; code < 3125; code++) {
        bool seen[5] = {false};
        unsigned rest = code, distinct = 0;

        for (unsigned i = 0; i < 5; i++, rest /= 5) {
            order[i] = rest % 5;
            distinct += !seen[order[i]];
            seen[order[i]] = true;
        }
        if (distinct < 5)
            continue;
        begin(65536);
        for (unsigned i = 0; i < 5; i++)
            arrive(from[order[i]], n[order[i]], order[i] == 4);
        check_stream(SPAN);
        CHECK(tc->fin_received);
        end();
    }
}

TEST(reasm, random_pieces_against_a_byte_array)
{
    uint8_t seed[32] = {8};
    struct rng rng;

    rng_init(&rng, seed, 0);
    for (int round = 0; round < 100; round++) {
        bool held[SPAN] = {false};
        uint32_t got = 0;

        begin(65536);
        while (got < SPAN) {
            uint32_t at = rng_below(&rng, SPAN), n = 1 + rng_below(&rng, 600);

            n = n < SPAN - at ? n : SPAN - at;
            arrive(at, n, false);
            memset(held + at, 1, n);
            while (got < SPAN && held[got])
                got++;
            CHECK_EQ(tc->rcv_nxt.v, got); /* everything that came is held until it is in order */
        }
        check_stream(SPAN);
        end();
    }
}

TEST(reasm, the_window_is_the_limit)
{
    begin(2000);
    arrive(1500, 1000, false); /* 500 bytes fit */
    CHECK_EQ(tcp_active(r.st, tc)->run_bytes, 500);
    arrive(2000, 100, false);
    CHECK_EQ(tcp_active(r.st, tc)->run_bytes, 500);
    arrive(0, 1500, false);
    check_stream(2000);
    end();
}

TEST(reasm, crumbs_with_holes_cost_bounded_memory)
{
    struct tcp_active *a;

    begin(1000000);
    for (uint32_t at = 2; at < SPAN; at += 2)
        arrive(at, 1, false);
    a = tcp_active(r.st, tc);
    CHECK(a->n_runs <= TCP_MAX_RUNS);
    CHECK(a->run_true_bytes <= 2 * tc->rcv_buf);
    for (uint32_t at = 0; at + 1 < SPAN; at += 1) /* and the stream still comes through */
        arrive(at, 1, false);
    CHECK_EQ(tc->rcv_nxt.v, SPAN - 1);
    check_stream(SPAN - 1);
    end();
}

/* Long walks leave marks at runs that are joined, and gone, a moment later. */
TEST(reasm, crumbs_that_jump_about_find_their_places)
{
    enum { CRUMBS = SPAN / 2, STRIDE = 1237 };

    begin(1000000);
    for (uint32_t i = 1; i < CRUMBS; i++)
        arrive(2 * (1 + i * STRIDE % (CRUMBS - 1)), 1, false);
    CHECK_EQ(tcp_active(r.st, tc)->n_runs, CRUMBS - 1);
    for (uint32_t i = 1; i < CRUMBS; i++)
        arrive(2 * (1 + i * STRIDE % (CRUMBS - 1)) + 1, 1, false);
    CHECK_EQ(tcp_active(r.st, tc)->n_runs, 1);
    arrive(0, 2, false);
    check_stream(SPAN);
    end();
}

TEST(reasm, quick_acks_are_for_each_segment_of_a_super_packet)
{
    uint32_t wnd = 6000;
    tcp_seq ack;

    begin(10000);
    tc->rcv_mss = 1000;
    tc->quick_acks = 3;
    tc->stepwise = 1;
    tc->rcv_nxt = seq(4000);
    ack = tcp_ack_number(tc, &wnd);
    CHECK_EQ(ack.v, 1000);
    CHECK_EQ(ack.v + wnd, 10000); /* the right edge stays */
    for (uint32_t next = 2000; next <= 4000; next += 1000) {
        tcp_ack_sent(tc, ack);
        CHECK(tc->ack_now);
        ack = tcp_ack_number(tc, &(uint32_t){6000});
        CHECK_EQ(ack.v, next);
    }
    tcp_ack_sent(tc, ack);
    CHECK(!tc->ack_now);
    end();
}

TEST(reasm, a_super_packet_out_of_order_gets_duplicates_that_can_be_counted)
{
    begin(10000);
    tc->ack_now = 1;
    tc->duplicates = 3;
    for (int left = 2; left >= 0; left--) {
        tcp_ack_sent(tc, tc->rcv_nxt);
        CHECK_EQ(tc->ack_now, left > 0);
    }
    end();
}

/* How many ACKs leave until none is owed. */
static int acks_owed(void)
{
    int n = 0;

    for (; tc->ack_now && n < 100; n++)
        tcp_ack_sent(tc, tc->rcv_nxt);
    return n;
}

TEST(reasm, a_batch_out_of_order_gets_a_duplicate_for_each_segment)
{
    begin(100000);
    for (uint32_t at = 10; at < 40; at += 10)
        arrive(at, 10, false);
    CHECK_EQ(acks_owed(), 3);
    arrive(40, 10, false);
    arrive(50, 10, false);
    arrive(0, 10, false); /* what came in order makes the duplicates needless */
    CHECK_EQ(acks_owed(), 1);
    for (uint32_t at = 100; at < 600; at += 10)
        arrive(at, 10, false);
    CHECK_EQ(acks_owed(), TCP_DUPLICATES);
    end();
}
