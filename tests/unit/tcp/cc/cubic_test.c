/* tests/unit/tcp/cc/cubic_test.c - CUBIC alone, against the equations of RFC 9438. */
#include "tests/unit/tcp/cc/drive.h"
#include "tests/unit/test.h"

extern const struct tarn_cc_ops cc_cubic;

#define MS UINT64_C(1000000)

static void check_segs(const struct drive *d, double want, double part)
{
    double got = drive_segs(d);

    if (got < want * (1 - part) || got > want * (1 + part))
        test_fail(__FILE__, __LINE__, "window is %f segments, should be %f", got, want);
}

static void check_mean(double got, double want)
{
    if (got < want * 0.95 || got > want * 1.05)
        test_fail(__FILE__, __LINE__, "mean window is %f segments, should be %f", got, want);
}

/* Behind a first loss at `segs`. */
static struct drive avoiding(double segs, uint64_t rtt_ns)
{
    struct drive d;

    drive_init(&d, &cc_cubic, rtt_ns);
    d.cc.ctl.cwnd = (uint64_t)(segs * DRIVE_MSS);
    drive_loss(&d);
    return d;
}

static void run_for(struct drive *d, uint64_t ns)
{
    uint64_t end = d->ack.now_ns + ns;

    while (d->ack.now_ns < end)
        drive_round(d, TARN_ACK_CWND_LIMITED);
}

TEST(cubic, slow_start_doubles_each_round)
{
    struct drive d;

    drive_init(&d, &cc_cubic, 40 * MS);
    CHECK_EQ(d.cc.ctl.cwnd, DRIVE_IW);
    for (unsigned i = 0; i < 5; i++)
        drive_round(&d, TARN_ACK_CWND_LIMITED);
    CHECK_EQ(d.cc.ctl.cwnd, 320 * DRIVE_MSS);
}

/* 4.6: beta is 0.7. */
TEST(cubic, loss_keeps_seven_tenths)
{
    struct drive d = avoiding(1000, 100 * MS);

    CHECK_EQ(d.cc.ctl.ssthresh, 700 * DRIVE_MSS);
    CHECK_EQ(d.cc.ctl.cwnd, 700 * DRIVE_MSS);
}

TEST(cubic, ssthresh_is_at_least_two_segments)
{
    struct drive d;

    drive_init(&d, &cc_cubic, 40 * MS);
    d.cc.ctl.cwnd = 2 * DRIVE_MSS;
    d.ops->on_event(&d.cc, TARN_CC_LOSS, NULL);
    CHECK_EQ(d.cc.ctl.ssthresh, 2 * DRIVE_MSS);
}

/* Equations (1) and (2) for w_max = 1000: K = 9.086 s, W(K) = 1000, W(2K) = 1300. The window aims
 * one round trip ahead and gets there one later. */
TEST(cubic, curve_after_a_loss)
{
    struct drive d = avoiding(1000, 100 * MS);

    run_for(&d, 4543 * MS);
    check_segs(&d, 1000 - 0.4 * 4.543 * 4.543 * 4.543, 0.01);
    run_for(&d, 4543 * MS);
    check_segs(&d, 1000, 0.01);
    run_for(&d, 9086 * MS);
    check_segs(&d, 1300, 0.01);
}

/* The curve is a function of time, not of the round trip (4.2). */
TEST(cubic, growth_does_not_depend_on_the_round_trip)
{
    struct drive fast = avoiding(1000, 80 * MS), slow = avoiding(1000, 160 * MS);

    run_for(&fast, 12000 * MS);
    run_for(&slow, 12000 * MS);
    check_segs(&slow, drive_segs(&fast), 0.02);
}

/* 4.2: no more than half a window in one round. */
TEST(cubic, growth_is_at_most_half_a_window_a_round)
{
    struct drive d = avoiding(20, 30000 * MS);

    for (unsigned i = 0; i < 10; i++) {
        uint64_t before = d.cc.ctl.cwnd;

        drive_round(&d, TARN_ACK_CWND_LIMITED);
        CHECK(d.cc.ctl.cwnd <= before + before * 2 / 3); /* it is compounded within the round */
    }
}

/* 4.7: a flow that loses below its last maximum remembers 0.85 of where it was. With losses at 1251
 * and 1261 segments (S2), epochs take 7.0 and 15.7 s by turns. */
TEST(cubic, fast_convergence_alternates_epochs)
{
    struct drive d = avoiding(1251, 100 * MS);
    static const double want[] = {15.7, 7.0, 15.7, 7.0};

    for (unsigned i = 0; i < 8; i++) {
        uint64_t begin = d.ack.now_ns;
        double limit = i % 2 ? 1251 : 1261, took, expected;

        while (drive_segs(&d) < limit)
            drive_round(&d, TARN_ACK_CWND_LIMITED);
        took = (double)(d.ack.now_ns - begin) / 1e9;
        drive_loss(&d);
        if (i < 2)
            continue;
        expected = want[i % 4];
        if (took < expected * 0.95 || took > expected * 1.05)
            test_fail(__FILE__, __LINE__, "epoch %u took %f s, should be %f", i, took, expected);
    }
}

/* RFC 9438 section 5: mean window 1.054 R^0.75 / p^0.75; the round model gives 183 and 1036. */
TEST(cubic, mean_window_under_periodic_loss)
{
    struct drive d;
    double mean;

    drive_init(&d, &cc_cubic, 100 * MS);
    mean = drive_mean_window(&d, 10000, 200);
    check_mean(mean, 183);
    d = avoiding(1120, 100 * MS); /* where it is about to stay: convergence takes 400 epochs */
    mean = drive_mean_window(&d, 100000, 20);
    check_mean(mean, 1036);
}

/* 4.3: on a short path CUBIC has what Reno would have: 38.1 segments, not 19.4. */
TEST(cubic, reno_friendly_region)
{
    struct drive d;
    double mean;

    drive_init(&d, &cc_cubic, 50 * MS);
    mean = drive_mean_window(&d, 1000, 400);
    check_mean(mean, 38.1);
}

/* 4.8: after a timeout the curve begins at the first window of congestion avoidance, with K = 0. */
TEST(cubic, epoch_after_a_timeout_begins_flat)
{
    struct drive d;

    drive_init(&d, &cc_cubic, 100 * MS);
    d.cc.ctl.cwnd = 1000 * DRIVE_MSS;
    d.ack.prior_inflight = 1000 * DRIVE_MSS;
    d.ops->on_event(&d.cc, TARN_CC_RTO, &d.ack);
    CHECK_EQ(d.cc.ctl.ssthresh, 700 * DRIVE_MSS);
    d.cc.ctl.cwnd = DRIVE_MSS; /* the engine's */
    while (d.cc.ctl.cwnd < d.cc.ctl.ssthresh)
        drive_round(&d, TARN_ACK_CWND_LIMITED | TARN_ACK_RECOVERY);
    run_for(&d, 5000 * MS);
    check_segs(&d, 700 + 0.4 * 5 * 5 * 5, 0.01);
}

/* 4.2: time in which the application sent nothing is no time of the curve. */
TEST(cubic, idle_time_does_not_count)
{
    struct drive busy = avoiding(1000, 100 * MS), idle = avoiding(1000, 100 * MS);

    run_for(&busy, 2000 * MS);
    run_for(&idle, 2000 * MS);
    idle.ops->on_event(&idle.cc, TARN_CC_TX_START, &idle.ack);
    idle.ack.now_ns += 60000 * MS;
    run_for(&busy, 2000 * MS);
    run_for(&idle, 2000 * MS);
    check_segs(&idle, drive_segs(&busy), 0.01);
}

TEST(cubic, limited_by_the_application_does_not_grow)
{
    struct drive d = avoiding(1000, 100 * MS);

    for (unsigned i = 0; i < 1000; i++)
        drive_ack(&d, DRIVE_MSS, 0, 100 * MS);
    CHECK_EQ(d.cc.ctl.cwnd, 700 * DRIVE_MSS);
}
