/* tests/unit/drivers/impair_law_test.c - each key of an impairment against its law: a million
 * packets, within 1 %. */
#include "drivers/impair_law.h"

#include "tests/unit/test.h"

enum { MILLION = 1000000, GAP_NS = 10000, BYTES = 1500 };

static struct impair_spec parsed(const char *text)
{
    struct impair_spec spec;
    char error[200] = "";

    if (impair_parse(text, &spec, error, sizeof error) < 0)
        test_fail(__FILE__, __LINE__, "%s: %s", text, error);
    return spec;
}

/* Too large for some stacks. */
static struct impair_law *law_of(const char *text)
{
    static struct impair_law law;
    struct impair_spec spec = parsed(text);

    impair_init(&law, &spec, 1, IMPAIR_TX);
    return &law;
}

static void check_near(double got, double want, const char *what)
{
    if (got < want * 0.99 || got > want * 1.01)
        test_fail(__FILE__, __LINE__, "%s is %f, should be %f", what, got, want);
}

TEST(impair_law, perfect_link_passes_at_once_and_intact)
{
    struct impair_law *law = law_of("delay=0ms");
    struct impair_verdict v = impair_offer(law, 77, BYTES);

    CHECK_EQ(v.fate, IMPAIR_PASS);
    CHECK_EQ(v.copies, 1);
    CHECK_EQ(v.release[0], 77);
    CHECK(v.corrupt_bit == IMPAIR_INTACT);
}

TEST(impair_law, loss)
{
    struct impair_law *law = law_of("loss=2.5%");
    unsigned lost = 0;

    for (unsigned i = 0; i < MILLION; i++) {
        struct impair_verdict v = impair_offer(law, i, BYTES);

        lost += v.fate == IMPAIR_LOST;
        CHECK_EQ(v.copies, v.fate == IMPAIR_LOST ? 0 : 1);
    }
    check_near(lost, 0.025 * MILLION, "loss");
}

/* Independent draws: the length of a run of losses is geometric, mean 1 / (1 - p). */
TEST(impair_law, losses_are_independent)
{
    struct impair_law *law = law_of("loss=50%");
    unsigned lost = 0, runs = 0, in_run = 0;

    for (unsigned i = 0; i < MILLION; i++) {
        unsigned now_lost = impair_offer(law, i, BYTES).fate == IMPAIR_LOST;

        lost += now_lost;
        runs += now_lost && !in_run;
        in_run = now_lost;
    }
    check_near((double)lost / runs, 2, "mean run of losses");
}

TEST(impair_law, loss_of_all_and_of_none)
{
    struct impair_law *law = law_of("loss=100%");

    for (unsigned i = 0; i < 10000; i++)
        CHECK_EQ(impair_offer(law, i, BYTES).fate, IMPAIR_LOST);
    law = law_of("loss=0%");
    for (unsigned i = 0; i < 10000; i++)
        CHECK_EQ(impair_offer(law, i, BYTES).fate, IMPAIR_PASS);
}

TEST(impair_law, corrupt_inverts_a_uniform_bit)
{
    struct impair_law *law = law_of("corrupt=4%");
    unsigned corrupted = 0;
    double sum = 0;

    for (unsigned i = 0; i < MILLION; i++) {
        struct impair_verdict v = impair_offer(law, i, BYTES);

        if (v.corrupt_bit == IMPAIR_INTACT)
            continue;
        CHECK(v.corrupt_bit < BYTES * 8);
        sum += (double)v.corrupt_bit;
        corrupted++;
    }
    check_near(corrupted, 0.04 * MILLION, "corrupted");
    check_near(sum / corrupted, BYTES * 8 / 2.0, "mean position");
}

TEST(impair_law, duplicate)
{
    struct impair_law *law = law_of("duplicate=3%");
    unsigned twice = 0;

    for (unsigned i = 0; i < MILLION; i++)
        twice += impair_offer(law, i, BYTES).copies == 2;
    check_near(twice, 0.03 * MILLION, "duplicated");
}

/* Back to back, a million packets of two sizes take their bits over the rate. */
TEST(impair_law, rate)
{
    struct impair_law *law = law_of("rate=100Gbit,queue=1");
    double bits = 0;
    tarn_ns now = 0;

    for (unsigned i = 0; i < MILLION; i++) {
        uint32_t bytes = i % 2 ? BYTES : 64;
        struct impair_verdict v = impair_offer(law, now, bytes);

        CHECK_EQ(v.copies, 1);
        bits += bytes * 8.0;
        now = v.release[0];
    }
    check_near((double)now, bits / 100, "time on a 100 Gbit/s link");
}

TEST(impair_law, rate_is_free_after_a_pause)
{
    struct impair_law *law = law_of("rate=12Mbit");

    CHECK_EQ(impair_offer(law, 0, BYTES).release[0], 1000000);
    CHECK_EQ(impair_offer(law, 0, BYTES).release[0], 2000000);
    CHECK_EQ(impair_offer(law, 9000000, BYTES).release[0], 10000000);
}

/* Offered at twice the rate, half is lost; what passes has waited for `queue` others. */
TEST(impair_law, queue)
{
    struct impair_law *law = law_of("rate=12Mbit,queue=50");
    unsigned full = 0, passed = 0;
    double wait = 0;

    for (unsigned i = 0; i < MILLION; i++) {
        tarn_ns now = (tarn_ns)i * 500000; /* a packet takes 1 ms */
        struct impair_verdict v = impair_offer(law, now, BYTES);

        full += v.fate == IMPAIR_QUEUE_FULL;
        if (v.copies == 1 && i > 1000) {
            wait += (double)(v.release[0] - now);
            passed++;
        }
    }
    check_near(full, 0.5 * MILLION, "lost to the queue");
    check_near(wait / passed, 51e6, "queueing and sending time");
}

TEST(impair_law, queue_does_not_count_the_packet_being_sent)
{
    struct impair_law *law = law_of("rate=12Mbit,queue=2");

    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(impair_offer(law, 0, BYTES).fate, IMPAIR_PASS);
    CHECK_EQ(impair_offer(law, 0, BYTES).fate, IMPAIR_QUEUE_FULL);
    CHECK_EQ(impair_offer(law, 1000000, BYTES).fate, IMPAIR_PASS);
}

TEST(impair_law, delay)
{
    struct impair_law *law = law_of("delay=12.5ms");

    for (unsigned i = 0; i < MILLION; i++)
        CHECK_EQ(impair_offer(law, (tarn_ns)i * GAP_NS, BYTES).release[0] - (tarn_ns)i * GAP_NS,
                 12500000);
}

/* Uniform in delay +- jitter: mean and mean square. */
TEST(impair_law, jitter)
{
    struct impair_law *law = law_of("delay=10ms,jitter=2ms");
    double sum = 0, squares = 0;

    for (unsigned i = 0; i < MILLION; i++) {
        tarn_ns now = (tarn_ns)i * 5000000; /* far apart: keeping the order bends nothing */
        double late = (double)(impair_offer(law, now, BYTES).release[0] - now) - 10e6;

        CHECK(late >= -2e6 && late <= 2e6);
        sum += late;
        squares += late * late;
    }
    CHECK(sum / MILLION < 20000 && sum / MILLION > -20000);
    check_near(squares / MILLION, 2e6 * 2e6 / 3, "variance of the jitter");
}

TEST(impair_law, jitter_keeps_the_order)
{
    struct impair_law *law = law_of("delay=10ms,jitter=10ms");
    tarn_ns last = 0;

    for (unsigned i = 0; i < 10000; i++) {
        tarn_ns release = impair_offer(law, (tarn_ns)i * GAP_NS, BYTES).release[0];

        CHECK(release >= last);
        last = release;
    }
}

TEST(impair_law, reorder_skips_the_delay)
{
    struct impair_law *law = law_of("delay=1ms,reorder=5%");
    unsigned early = 0;

    for (unsigned i = 0; i < MILLION; i++) {
        tarn_ns now = (tarn_ns)i * GAP_NS, release = impair_offer(law, now, BYTES).release[0];

        CHECK(release == now || release == now + 1000000);
        early += release == now;
    }
    check_near(early, 0.05 * MILLION, "reordered");
}

TEST(impair_law, reorder_without_a_delay_holds_back)
{
    struct impair_law *law = law_of("reorder=5%");
    unsigned late = 0;

    for (unsigned i = 0; i < MILLION; i++) {
        tarn_ns now = (tarn_ns)i * GAP_NS;

        late += impair_offer(law, now, BYTES).release[0] == now + IMPAIR_HOLD_NS;
    }
    check_near(late, 0.05 * MILLION, "reordered");
}

/* The fate that one key gives a packet does not depend on the other keys. */
TEST(impair_law, a_further_key_changes_no_draw_of_the_others)
{
    static struct impair_law one, both;
    struct impair_spec loss = parsed("loss=10%"),
                       more = parsed("loss=10%,duplicate=10%,corrupt=1%");

    impair_init(&one, &loss, 7, IMPAIR_RX);
    impair_init(&both, &more, 7, IMPAIR_RX);
    for (unsigned i = 0; i < 100000; i++)
        CHECK_EQ(impair_offer(&one, i, BYTES).fate, impair_offer(&both, i, BYTES).fate);
}

TEST(impair_law, directions_and_seeds_draw_differently)
{
    static struct impair_law a, b, c;
    struct impair_spec spec = parsed("loss=50%");
    unsigned same_direction = 0, same_seed = 0;

    impair_init(&a, &spec, 7, IMPAIR_RX);
    impair_init(&b, &spec, 7, IMPAIR_TX);
    impair_init(&c, &spec, 8, IMPAIR_RX);
    for (unsigned i = 0; i < MILLION; i++) {
        enum impair_fate fate = impair_offer(&a, i, BYTES).fate;

        same_direction += impair_offer(&b, i, BYTES).fate == fate;
        same_seed += impair_offer(&c, i, BYTES).fate == fate;
    }
    check_near(same_direction, 0.5 * MILLION, "equal fates in both directions");
    check_near(same_seed, 0.5 * MILLION, "equal fates under two seeds");
}
