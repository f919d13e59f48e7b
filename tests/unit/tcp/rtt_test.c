/* tests/unit/tcp/rtt_test.c - RFC 6298's estimator and timeout. */
#include "tcp/tcp_machine.h"
#include "tests/unit/rig.h"

static struct rig r;
static struct tcp_sock tc;

static uint64_t rto_ms(void)
{
    return tcp_rto_ns(r.st, &tc) / 1000000;
}

static void begin(void)
{
    rig_open(&r, 1);
    memset(&tc, 0, sizeof tc);
    tcp_rtt_init(&tc);
}

TEST(rtt, before_a_sample_the_timeout_is_one_second)
{
    begin();
    CHECK_EQ(rto_ms(), 1000);
    rig_close(&r);
}

TEST(rtt, first_sample_sets_both_estimators)
{
    begin();
    tcp_rtt_sample(r.st, &tc, 400 * RIG_MS, 400 * RIG_MS);
    CHECK_EQ(tc.srtt_us8 / 8, 400000);
    CHECK_EQ(tc.rttvar_us4 / 4, 200000); /* R/2 */
    CHECK_EQ(rto_ms(), 400 + 4 * 200);
    rig_close(&r);
}

TEST(rtt, later_samples_are_smoothed)
{
    begin();
    tcp_rtt_sample(r.st, &tc, 400 * RIG_MS, 400 * RIG_MS);
    tcp_rtt_sample(r.st, &tc, 800 * RIG_MS, 800 * RIG_MS);
    CHECK_EQ(tc.rttvar_us4 / 4, 250000); /* 3/4 * 200 + 1/4 * |400 - 800| */
    CHECK_EQ(tc.srtt_us8 / 8, 450000);   /* 7/8 * 400 + 1/8 * 800 */
    rig_close(&r);
}

TEST(rtt, a_steady_path_keeps_the_floor_above_its_round_trip)
{
    begin();
    for (int i = 0; i < 200; i++)
        tcp_rtt_sample(r.st, &tc, 50 * RIG_MS, 50 * RIG_MS);
    CHECK_EQ(rto_ms(), 250); /* SRTT + tcp.rto-min-ms */
    rig_close(&r);
}

TEST(rtt, backing_off_doubles_to_the_limit_and_a_sample_ends_it)
{
    begin();
    tcp_rtt_sample(r.st, &tc, 400 * RIG_MS, 400 * RIG_MS);
    tc.backoff = 1;
    CHECK_EQ(rto_ms(), 2400);
    tc.backoff = 3;
    CHECK_EQ(rto_ms(), 9600);
    tc.backoff = 200;
    CHECK_EQ(rto_ms(), 120000);
    tcp_rtt_sample(r.st, &tc, 400 * RIG_MS, 400 * RIG_MS);
    CHECK_EQ(tc.backoff, 0);
    rig_close(&r);
}

TEST(rtt, absurd_samples_are_bounded)
{
    begin();
    tcp_rtt_sample(r.st, &tc, 0, 0);
    CHECK_EQ(tc.min_rtt_us, 1);
    for (int i = 0; i < 100; i++)
        tcp_rtt_sample(r.st, &tc, UINT64_MAX / 2, UINT64_MAX / 2);
    CHECK(rto_ms() <= 120000);
    rig_close(&r);
}
