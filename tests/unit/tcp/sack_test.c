/* tests/unit/tcp/sack_test.c - the scoreboard: records, splits, loss by RFC 6675. */
#include "base/rng.h"

#include "tcp/congestion/tcp_congestion.h"
#include "tcp/loss/tcp_loss.h"
#include "tcp/tcp_machine.h"
#include "tests/unit/rig.h"
#include "tests/unit/tcp/invariants.h"
#include <time.h>

enum { MSS = 1000, RECS = 20 };

static struct rig r;
static struct tcp_sock *tc;
static struct tcp_active *a;

/* A connection with RECS records of MSS bytes in flight from sequence number 0 on. */
static void begin_with(uint32_t bytes, unsigned n)
{
    struct sock *sk;
    tarn_sock s;

    rig_open(&r, 1);
    CHECK_EQ(tarn_open(r.st, TARN_INET, TARN_STREAM, 0, 0, &s), 0);
    sk = sock_find(r.st, s);
    tc = tcp_of(sk);
    tc->sack_ok = 1;
    tc->snd_mss = MSS;
    a = tcp_activate(r.st, tc, r.now);
    CHECK(a != NULL);
    for (unsigned i = 0; i < n; i++) {
        struct tcp_rec *rec = tcp_rec_add(r.st, tc, a, bytes, 0);

        tcp_rate_sent(tc, a, rec, r.now);
        tc->snd_nxt = rec->end;
    }
}

static void end(void)
{
    check_recs(r.st, tc, a);
    tcp_recs_purge(r.st, a);
    rig_close(&r);
}

static void sack(uint32_t from, uint32_t to)
{
    struct tcp_sample s = {.rtt_ns = -1, .first_rtt_ns = -1};
    struct tcp_seg g = {.now = r.now};

    g.h.ack = tc->snd_una;
    g.h.opts.n_sack = 1;
    g.h.opts.sack[0] = (struct tcp_sack_block){seq(from), seq(to)};
    tcp_sack_apply(r.st, tc, &g, &s);
    tcp_sack_mark_lost(r.st, tc, a);
    check_recs(r.st, tc, a);
}

TEST(sack, three_islands_make_a_loss)
{
    begin_with(MSS, RECS);
    sack(2000, 3000);
    CHECK_EQ(a->lost_bytes, 0);
    sack(4000, 5000);
    CHECK_EQ(a->lost_bytes, 0);
    sack(6000, 7000);
    CHECK_EQ(a->lost_bytes, 2000); /* 0 and 1000 have three islands above; 3000 and 5000 have not */
    CHECK_EQ(a->sacked_bytes, 3000);
    CHECK_EQ(tcp_inflight(tc, a), RECS * MSS - 3000 - 2000);
    end();
}

TEST(sack, more_than_two_segments_above_make_a_loss)
{
    begin_with(MSS, RECS);
    sack(1000, 3000);
    CHECK_EQ(a->lost_bytes, 0);
    sack(3000, 3001); /* less than a segment: not there yet */
    CHECK_EQ(a->lost_bytes, 0);
    sack(3000, 4000);
    CHECK_EQ(a->lost_bytes, 1000);
    end();
}

TEST(sack, a_super_segment_is_split_at_segments)
{
    begin_with(10 * MSS, 2);
    sack(3500, 7500); /* covers 4000..7000 in whole segments */
    CHECK_EQ(a->sacked_bytes, 3000);
    CHECK_EQ(a->lost_bytes, 4000);
    end();
}

TEST(sack, absurd_blocks_change_nothing)
{
    begin_with(MSS, RECS);
    sack(3000, 2000);
    sack(5000, RECS * MSS + 1); /* beyond SND.NXT */
    sack(5000, 5000);
    sack(0x80000000u, 0x80000010u);
    CHECK_EQ(a->sacked_bytes, 0);
    for (uint32_t at = 0; at < RECS * MSS; at += 7)
        sack(at, at + 3);
    CHECK_EQ(tcp_layer(r.st)->recs.n_used, RECS); /* crumbs make no records (CVE-2019-11478) */
    end();
}

TEST(sack, what_is_held_is_one_record)
{
    begin_with(MSS, RECS);
    for (uint32_t i = RECS - 1; i > 0; i--)
        sack(i * MSS, (i + 1) * MSS);
    CHECK_EQ(a->sacked_bytes, (RECS - 1) * MSS);
    CHECK_EQ(tcp_layer(r.st)->recs.n_used, 2); /* so a block that is repeated costs a step */
    for (int i = 0; i < 100; i++)
        sack(MSS, RECS * MSS);
    CHECK_EQ(a->sacked_bytes, (RECS - 1) * MSS);
    end();
}

TEST(sack, a_timeout_marks_what_is_not_held)
{
    begin_with(MSS, RECS);
    sack(10000, 12000);
    tcp_recs_lost_all(r.st, tc, a);
    CHECK_EQ(a->lost_bytes, RECS * MSS - 2000);
    CHECK_EQ(tcp_inflight(tc, a), 0);
    end();
}

TEST(sack, a_peer_that_took_back_what_it_held_is_believed)
{
    begin_with(MSS, RECS);
    sack(0, 2000); /* the front, and yet not acknowledged: it reneges (RFC 2018 8) */
    tcp_recs_lost_all(r.st, tc, a);
    CHECK_EQ(a->sacked_bytes, 0);
    CHECK_EQ(a->lost_bytes, RECS * MSS);
    end();
}

TEST(sack, random_acks_keep_the_sums)
{
    uint8_t seed[32] = {4};
    struct rng rng;

    rng_init(&rng, seed, 0);
    begin_with(3 * MSS, 200);
    for (int i = 0; i < 3000 && tcp_flight(tc) > 0; i++) {
        uint32_t from = tc->snd_una.v + rng_below(&rng, tcp_flight(tc));
        struct tcp_sample s = {.rtt_ns = -1, .first_rtt_ns = -1};

        sack(from, from + rng_below(&rng, 9000));
        if (!list_is_empty(&a->waiting) && rng_below(&rng, 2) == 0)
            tcp_rec_retransmitted(r.st, a, list_first(r.st, &a->waiting));
        if (rng_below(&rng, 200) == 0)
            tcp_recs_lost_all(r.st, tc, a);
        if (rng_below(&rng, 10) == 0) {
            uint32_t n = 1 + rng_below(&rng, min_u32(tcp_flight(tc), 4000));

            tcp_recs_acked(r.st, a, seq_add(tc->snd_una, n), &s, r.now);
            tc->snd_una = seq_add(tc->snd_una, n);
        }
        check_recs(r.st, tc, a);
    }
    end();
}

static double cpu_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* A retransmission of what is low and new data take turns, and all proves lost at once: each finds
 * its place among the lost beside its neighbour. That takes about as long as to mark them one by
 * one did before; by a walk, a thousand times as long. */
TEST(sack, losses_at_two_places_in_turn_cost_no_walk)
{
    enum { MANY = 40000 };
    static struct tcp_rec *low[MANY / 2], *high[MANY / 2];
    struct tcp_rec *rec, *before = NULL;
    unsigned n = 0;
    double began, marked;

    begin_with(100, MANY);
    list_each (r.st, &a->recs, struct tcp_rec, x) {
        if (n < MANY / 2)
            low[n++] = x;
        else
            high[n++ - MANY / 2] = x;
    }
    began = cpu_s();
    for (unsigned i = 0; i < MANY / 2; i++) {
        tcp_rec_lost(r.st, a, low[i]);
        tcp_rec_retransmitted(r.st, a, low[i]);
        tcp_rec_lost(r.st, a, high[i]);
        tcp_rec_retransmitted(r.st, a, high[i]);
    }
    marked = cpu_s();
    while ((rec = list_first(r.st, &a->flying)) != NULL)
        tcp_rec_lost(r.st, a, rec);
    CHECK(cpu_s() - marked < 50 * (marked - began));
    list_each (r.st, &a->waiting, struct tcp_rec, x) {
        CHECK(before == NULL || seq_lt(before->start, x->start));
        before = x;
    }
    end();
}
