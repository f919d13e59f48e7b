/* tests/unit/drivers/impair_spec_test.c - the text of an impairment: what each key takes, and how a
 * mistake is told. */
#include "drivers/impair_law.h"

#include "tarn/err.h"
#include "tests/unit/test.h"

static struct impair_spec parsed(const char *text)
{
    struct impair_spec spec;
    char error[200] = "";

    if (impair_parse(text, &spec, error, sizeof error) < 0)
        test_fail(__FILE__, __LINE__, "%s: %s", text, error);
    return spec;
}

TEST(impair_spec, reads_every_key)
{
    struct impair_spec s = parsed("delay=20ms,jitter=1.5us,rate=10Mbit,loss=1%,corrupt=0.1%,"
                                  "duplicate=100%,reorder=50%,queue=100,seed=7");
    const struct impair_terms *t = &s.terms[IMPAIR_RX];

    CHECK_EQ(t->delay_ns, 20000000);
    CHECK_EQ(t->jitter_ns, 1500);
    CHECK_EQ(t->rate_bps, 10000000);
    CHECK_EQ(t->loss, 42949672);
    CHECK_EQ(t->corrupt, 4294967);
    CHECK_EQ(t->duplicate, IMPAIR_CERTAIN);
    CHECK_EQ(t->reorder, IMPAIR_CERTAIN / 2);
    CHECK_EQ(t->queue, 100);
    CHECK(s.seeded);
    CHECK_EQ(s.seed, 7);
    CHECK_MEM(&s.terms[IMPAIR_TX], t, sizeof *t);
}

TEST(impair_spec, directions)
{
    struct impair_spec s = parsed("delay=5ms,rx:loss=1%,tx:loss=2%,queue=9");

    CHECK_EQ(s.terms[IMPAIR_RX].delay_ns, 5000000);
    CHECK_EQ(s.terms[IMPAIR_TX].delay_ns, 5000000);
    CHECK_EQ(s.terms[IMPAIR_RX].loss, 42949672);
    CHECK_EQ(s.terms[IMPAIR_TX].loss, 85899345);
    CHECK_EQ(s.terms[IMPAIR_RX].queue, 0);
    CHECK_EQ(s.terms[IMPAIR_TX].queue, 9);
}

TEST(impair_spec, refusals_name_the_key)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"dely=20ms", "impairment dely: no such key; did you mean delay?"},
        {"rx:los=1%", "impairment los: no such key; did you mean loss?"},
        {"delay", "impairment 'delay': no value; write key=value"},
        {"", "impairment '': no value; write key=value"},
        {"loss=1%,", "impairment '': no value; write key=value"},
        {"delay=20", "impairment delay=20: not possible; give a time up to an hour, as in 20ms"},
        {"delay=ms", "impairment delay=ms: not possible; give a time up to an hour, as in 20ms"},
        {"delay=1.ms",
         "impairment delay=1.ms: not possible; give a time up to an hour, as in 20ms"},
        {"delay=-1ms",
         "impairment delay=-1ms: not possible; give a time up to an hour, as in 20ms"},
        {"delay=99999999999999999999s", "impairment delay=99999999999999999999s: not possible; "
                                        "give a time up to an hour, as in 20ms"},
        {"rate=0bit",
         "impairment rate=0bit: not possible; give a rate up to 1000Gbit, as in 10Mbit"},
        {"loss=101%", "impairment loss=101%: not possible; give 0% to 100%"},
        {"loss=0.5", "impairment loss=0.5: not possible; give 0% to 100%"},
        {"queue=0", "impairment queue=0: not possible; give 1 to 16384 packets"},
        {"queue=1.5", "impairment queue=1.5: not possible; give 1 to 16384 packets"},
        {"seed=x", "impairment seed=x: not possible; give 0 to 18446744073709551615"},
        {"seed=18446744073709551616",
         "impairment seed=18446744073709551616: not possible; give 0 to "
         "18446744073709551615"},
        {"xx:delay=1ms", "impairment xx:delay: no such direction; write rx: or tx:"},
        {"DELAY=1ms", "impairment DELAY: no such key; did you mean delay?"},
        {"burst=1", "impairment burst: no such key; delay, jitter, rate, loss, corrupt, duplicate, "
                    "reorder, queue and seed are known"},
    };

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct impair_spec spec;
        char error[200] = "";

        CHECK_EQ(impair_parse(cases[i].text, &spec, error, sizeof error), -TARN_EINVAL);
        CHECK_STR(error, cases[i].error);
    }
}
