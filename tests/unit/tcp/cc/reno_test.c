/* tests/unit/tcp/cc/reno_test.c - NewReno alone, against the growth laws of RFC 5681. */
#include "tests/unit/tcp/cc/drive.h"
#include "tests/unit/test.h"

extern const struct tarn_cc_ops cc_reno;

enum { RTT_NS = 40000000 };

static struct drive started(void)
{
    struct drive d;

    drive_init(&d, &cc_reno, RTT_NS);
    return d;
}

/* Behind a loss at `segs`: in congestion avoidance at half of it. */
static struct drive avoiding(unsigned segs)
{
    struct drive d = started();

    d.cc.ctl.cwnd = (uint64_t)segs * DRIVE_MSS;
    drive_loss(&d);
    return d;
}

TEST(reno, begins_with_the_initial_window)
{
    struct drive d = started();

    CHECK_EQ(d.cc.ctl.cwnd, DRIVE_IW);
    CHECK(d.cc.ctl.ssthresh == UINT64_MAX);
}

TEST(reno, slow_start_doubles_each_round)
{
    struct drive d = started();

    for (unsigned i = 0, segs = 10; i < 6; i++, segs *= 2) {
        CHECK_EQ(d.cc.ctl.cwnd, segs * DRIVE_MSS);
        drive_round(&d, TARN_ACK_CWND_LIMITED);
    }
}

/* RFC 3465: an ACK for two segments counts as two ACKs for one. */
TEST(reno, bytes_count_not_acks)
{
    struct drive one = avoiding(40), two = avoiding(40);

    for (unsigned i = 0; i < 1000; i++)
        drive_ack(&one, DRIVE_MSS, TARN_ACK_CWND_LIMITED, 1000);
    for (unsigned i = 0; i < 500; i++)
        drive_ack(&two, 2 * DRIVE_MSS, TARN_ACK_CWND_LIMITED, 2000);
    CHECK_EQ(one.cc.ctl.cwnd, two.cc.ctl.cwnd);
}

TEST(reno, congestion_avoidance_adds_one_segment_a_window)
{
    struct drive d = avoiding(40);

    CHECK_EQ(d.cc.ctl.cwnd, 20 * DRIVE_MSS);
    for (unsigned i = 1; i <= 30; i++) {
        drive_round(&d, TARN_ACK_CWND_LIMITED);
        CHECK_EQ(d.cc.ctl.cwnd, (20 + i) * DRIVE_MSS);
    }
}

/* Growth below a byte is carried: ACKs of one byte grow the window as well as large ones. */
TEST(reno, small_acks_are_not_lost)
{
    struct drive d = avoiding(40);

    for (unsigned i = 0; i < 20 * DRIVE_MSS; i++)
        drive_ack(&d, 1, TARN_ACK_CWND_LIMITED, 10);
    CHECK_EQ(d.cc.ctl.cwnd, 21 * DRIVE_MSS);
}

TEST(reno, slow_start_ends_at_ssthresh_and_the_rest_counts_for_avoidance)
{
    struct drive d = started();

    d.cc.ctl.ssthresh = DRIVE_IW + DRIVE_MSS;
    drive_ack(&d, 2 * DRIVE_MSS, TARN_ACK_CWND_LIMITED, 1000);
    CHECK_EQ(d.cc.ctl.cwnd, 11 * DRIVE_MSS);
    drive_ack(&d, 10 * DRIVE_MSS, TARN_ACK_CWND_LIMITED, 1000);
    CHECK_EQ(d.cc.ctl.cwnd, 12 * DRIVE_MSS);
}

TEST(reno, loss_halves_the_flight_once)
{
    struct drive d = avoiding(70);

    CHECK_EQ(d.cc.ctl.ssthresh, 35 * DRIVE_MSS);
    CHECK_EQ(d.cc.ctl.cwnd, 35 * DRIVE_MSS);
}

/* RFC 5681 equation (4): half of what is in flight, not of a window that was not used. */
TEST(reno, loss_counts_flight_not_window)
{
    struct drive d = started();

    d.cc.ctl.cwnd = 100 * DRIVE_MSS;
    d.ack.prior_inflight = 20 * DRIVE_MSS;
    d.ops->on_event(&d.cc, TARN_CC_LOSS, &d.ack);
    CHECK_EQ(d.cc.ctl.ssthresh, 10 * DRIVE_MSS);
}

TEST(reno, ssthresh_is_at_least_two_segments)
{
    struct drive d = started();

    d.cc.ctl.cwnd = DRIVE_MSS;
    d.ops->on_event(&d.cc, TARN_CC_RTO, NULL);
    CHECK_EQ(d.cc.ctl.ssthresh, 2 * DRIVE_MSS);
}

TEST(reno, no_growth_in_fast_recovery)
{
    struct drive d = avoiding(40);

    drive_round(&d, TARN_ACK_CWND_LIMITED | TARN_ACK_RECOVERY);
    CHECK_EQ(d.cc.ctl.cwnd, 20 * DRIVE_MSS);
}

TEST(reno, slow_start_after_a_timeout_while_holes_are_repaired)
{
    struct drive d = started();

    d.cc.ctl.cwnd = 40 * DRIVE_MSS;
    d.ack.prior_inflight = 40 * DRIVE_MSS;
    d.ops->on_event(&d.cc, TARN_CC_RTO, &d.ack);
    CHECK_EQ(d.cc.ctl.ssthresh, 20 * DRIVE_MSS);
    d.cc.ctl.cwnd = DRIVE_MSS; /* the engine's */
    for (unsigned i = 0; i < 4; i++)
        drive_round(&d, TARN_ACK_CWND_LIMITED | TARN_ACK_RECOVERY);
    CHECK_EQ(d.cc.ctl.cwnd, 16 * DRIVE_MSS);
    drive_round(&d, TARN_ACK_CWND_LIMITED | TARN_ACK_RECOVERY);
    CHECK_EQ(d.cc.ctl.cwnd, 20 * DRIVE_MSS);
}

/* RFC 7661: a window that is not used is not validated and must not grow. */
TEST(reno, no_growth_when_the_window_is_not_the_limit)
{
    struct drive d = started();

    for (unsigned i = 0; i < 100; i++)
        drive_ack(&d, DRIVE_MSS, 0, 1000);
    CHECK_EQ(d.cc.ctl.cwnd, DRIVE_IW);
}

TEST(reno, restart_window_after_idle)
{
    struct drive d = avoiding(80);

    d.ops->on_event(&d.cc, TARN_CC_IDLE_RESTART, NULL);
    CHECK_EQ(d.cc.ctl.cwnd, DRIVE_IW);
    CHECK_EQ(d.cc.ctl.ssthresh, 40 * DRIVE_MSS);
}

/* Mathis et al.: one loss each 1/p segments gives a mean window of sqrt(3 / (2 p)). */
TEST(reno, mean_window_under_periodic_loss)
{
    struct drive d = started();
    double mean = drive_mean_window(&d, 1000, 400);

    CHECK(mean > 38.7 * 0.95 && mean < 38.7 * 1.05);
}
