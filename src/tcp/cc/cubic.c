/* tcp/cc/cubic.c - CUBIC (RFC 9438) in integers.
 *
 * In congestion avoidance the window follows a cubic of the time t since the epoch began:
 *
 *      W(t) = C (t - K)^3 + w_max        K = cbrt((w_max - cwnd at the epoch's begin) / C)
 *
 * steep, then flat around the window of the last loss, then steep again (4.2, 4.4, 4.5). It aims
 * one round trip ahead and goes there by (target - cwnd) / cwnd of what is acknowledged. Where a
 * Reno flow would have more, it takes that: W_est (4.3). A loss cuts to beta; with fast convergence
 * a flow that could not come back to its old maximum remembers less of it (4.7).
 *
 * Units: windows in bytes (the RFC's are segments, so C is per mss), W_est and the carried fraction
 * in 1/65536 byte, curve times in milliseconds: 1 ms is at most 0.12 segment, at 10 s from K.
 *
 * Slow start ends by HyStart++ (RFC 9406), or as in Linux's cubic, by the HyStart that RFC came
 * from (Ha and Rhee 2011): a round trip's ACKs that come closely behind each other for half of the
 * least round trip's time, or the least of its nine first round trips well above that.
 *
 * Deviations: none known. Time without growth for want of data is taken out of t (4.2) when the
 * next ACK comes, so the round trip of that ACK goes with it. Undo (4.9) is the engine's. */
#include "base/fixed.h"
#include "tarn/cc.h"

/* beta = 7/10, C = 4/10 segment per second cubed, alpha = 3 (1 - beta) / (1 + beta) = 9/17. */
enum { BETA_NUM = 7, BETA_DEN = 10, C_NUM = 4, ALPHA_NUM = 9, ALPHA_DEN = 17 };

/* C's denominator, times the cubic milliseconds of a cubic second. */
#define C_DEN_MS3 UINT64_C(10000000000)

/* HyStart as in Linux: no sooner than with a window of 16 segments, from 9 samples, for a rise of
 * an eighth, but 4 to 16 ms; an ACK belongs to the train when it comes within 2 ms. */
enum {
    HYSTART_SEGMENTS = 16,
    HYSTART_SAMPLES = 8,
    HYSTART_LEAST_US = 4000,
    HYSTART_MOST_US = 16000,
    HYSTART_GAP_US = 2000,
    HYSTART_DELAY_US = 1000,  /* at most, what a super-packet of */
    HYSTART_BURST = 4 * 65536 /* bytes adds to a round trip */
};

enum {
    CURVE_MS = 1000000, /* further from K the curve is beyond any window */
    NS_PER_MS = 1000000,
    FRACTION = 16, /* bits */
};

struct hystart {
    uint32_t round_us, train_us; /* when the round trip began; when its train was still whole */
    uint32_t least_us, samples;  /* of this round trip */
    uint32_t base_us;            /* the least of all */
};

struct cubic {
    uint64_t w_max;    /* window before the last reduction, or less (fast convergence); 0 = none */
    uint64_t w_prior;  /* window before the last reduction: cwnd_prior of 4.3 */
    uint64_t origin;   /* of the curve: w_max, or the epoch's first window if that is larger */
    uint64_t est;      /* W_est, 1/65536 byte */
    uint64_t fraction; /* of a byte of growth, carried; < 65536 */
    uint64_t epoch_ns; /* where t is 0 */
    uint64_t last_ns;  /* of the last ACK in congestion avoidance */
    uint64_t k_ms;
    uint32_t in_epoch;  /* the four above mean something */
    uint32_t timed_out; /* the next epoch is the first after a timeout (4.8) */
    uint32_t idle;      /* nothing was in flight since the last ACK */
    struct tarn_hystart hystart;
    struct hystart classic;
};

_Static_assert(sizeof(struct cubic) <= TARN_CC_STATE_BYTES, "the state fits");

static void cubic_init(struct tarn_cc *cc, const int64_t *param)
{
    (void)param;
    cc->ctl.cwnd = cc->init_cwnd;
    cc->ctl.ssthresh = UINT64_MAX;
}

/* RFC 9438 4.2, equation (2): K, and where W(t) is flat. */
static void epoch_begin(struct cubic *c, const struct tarn_cc *cc, uint64_t now_ns)
{
    uint64_t cwnd = cc->ctl.cwnd;

    if (c->timed_out || c->w_max < cwnd)
        c->w_max = cwnd;
    c->origin = c->w_max;
    c->k_ms = cube_root(mul_div(c->origin - cwnd, C_DEN_MS3 / C_NUM, cc->mss));
    c->est = cwnd << FRACTION;
    c->fraction = 0;
    c->epoch_ns = c->last_ns = now_ns;
    c->in_epoch = 1;
    c->timed_out = 0;
}

/* W(t) of RFC 9438 4.2, equation (1); t in ms. */
static uint64_t curve(const struct cubic *c, const struct tarn_cc *cc, uint64_t t_ms)
{
    uint64_t from_k = t_ms > c->k_ms ? t_ms - c->k_ms : c->k_ms - t_ms;
    uint64_t height;

    if (from_k > CURVE_MS)
        from_k = CURVE_MS;
    height = mul_div(from_k * from_k * from_k, C_NUM * (uint64_t)cc->mss, C_DEN_MS3);
    return t_ms > c->k_ms ? add_sat(c->origin, height) : sub_sat(c->origin, height);
}

/* W_est of RFC 9438 4.3, equation (4): Reno with a slope that is fair for beta, until it is back
 * where it was. */
static uint64_t reno_friendly(struct cubic *c, const struct tarn_cc *cc, uint32_t acked)
{
    uint64_t step = mul_div((uint64_t)cc->mss << FRACTION, acked, cc->ctl.cwnd);

    if (c->est >> FRACTION < c->w_prior)
        step = step * ALPHA_NUM / ALPHA_DEN;
    c->est += step;
    return c->est >> FRACTION;
}

/* RFC 9438 4.4, 4.5: towards the target by (target - cwnd) / cwnd of what was acknowledged. */
static void approach(struct cubic *c, struct tarn_cc *cc, uint64_t target, uint32_t acked)
{
    uint64_t cwnd = cc->ctl.cwnd;

    if (target > cwnd + cwnd / 2) /* 4.2: at most 1.5 windows */
        target = cwnd + cwnd / 2;
    if (target < cwnd)
        target = cwnd;
    c->fraction += mul_div((target - cwnd) << FRACTION, acked, cwnd);
    cc->ctl.cwnd += c->fraction >> FRACTION;
    c->fraction &= (1u << FRACTION) - 1;
}

static void avoid_congestion(struct cubic *c, struct tarn_cc *cc, const struct tarn_cc_ack *ack,
                             uint32_t acked)
{
    uint64_t t_ms, ahead_ms, friendly;

    if (!c->in_epoch)
        epoch_begin(c, cc, ack->now_ns);
    if (c->idle)
        c->epoch_ns += ack->now_ns - c->last_ns;
    c->idle = 0;
    c->last_ns = ack->now_ns;
    t_ms = (ack->now_ns - c->epoch_ns) / NS_PER_MS;
    ahead_ms = (ack->now_ns - c->epoch_ns + ack->srtt_ns) / NS_PER_MS;
    friendly = reno_friendly(c, cc, acked);
    if (curve(c, cc, t_ms) >= friendly)
        approach(c, cc, curve(c, cc, ahead_ms), acked);
    else if (cc->ctl.cwnd < friendly)
        cc->ctl.cwnd = friendly;
}

/* HyStart as in Linux ------------------------------------------------------------------------- */

static uint32_t clamp_us(uint32_t us, uint32_t least, uint32_t most)
{
    return us < least ? least : us > most ? most : us;
}

/* How long the train of ACKs may last: half of the least round trip. What a super-packet adds to
 * it is reckoned by the rate at which two windows would leave in a round trip. */
static uint32_t train_us(const struct hystart *h, const struct tarn_cc *cc,
                         const struct tarn_cc_ack *ack)
{
    uint64_t us = mul_div(HYSTART_BURST, ack->srtt_ns / 1000, 2 * cc->ctl.cwnd);

    return (h->base_us + (uint32_t)(us < HYSTART_DELAY_US ? us : HYSTART_DELAY_US)) / 2;
}

static bool train_is_long(struct hystart *h, const struct tarn_cc *cc,
                          const struct tarn_cc_ack *ack)
{
    uint32_t now_us = (uint32_t)(ack->now_ns / 1000);

    if (now_us - h->train_us > HYSTART_GAP_US)
        return false;
    h->train_us = now_us;
    return now_us - h->round_us > train_us(h, cc, ack);
}

static bool delay_rose(struct hystart *h, uint32_t rtt_us)
{
    if (h->least_us == 0 || rtt_us < h->least_us)
        h->least_us = rtt_us;
    if (h->samples < HYSTART_SAMPLES) {
        h->samples++;
        return false;
    }
    return h->least_us > h->base_us + clamp_us(h->base_us / 8, HYSTART_LEAST_US, HYSTART_MOST_US);
}

static void hystart_ack(struct hystart *h, struct tarn_cc *cc, const struct tarn_cc_ack *ack)
{
    uint32_t rtt_us = ack->rtt_ns > 1000 ? (uint32_t)(ack->rtt_ns / 1000) : 1;
    bool found;

    if (ack->rtt_ns < 0)
        return;
    if (h->base_us == 0 || rtt_us < h->base_us)
        h->base_us = rtt_us;
    if (cc->ctl.cwnd >= cc->ctl.ssthresh)
        return;
    if (ack->flags & TARN_ACK_ROUND) {
        h->round_us = h->train_us = (uint32_t)(ack->now_ns / 1000);
        h->least_us = h->samples = 0;
    }
    if (cc->ctl.cwnd < HYSTART_SEGMENTS * (uint64_t)cc->mss)
        return;
    found = cc->hystart_train && train_is_long(h, cc, ack);
    if ((cc->hystart_delay && delay_rose(h, rtt_us)) || found)
        cc->ctl.ssthresh = cc->ctl.cwnd;
}

/* Slow start, with one of the two. What is left is for congestion avoidance. */
static uint32_t slow_start(struct cubic *c, struct tarn_cc *cc, const struct tarn_cc_ack *ack)
{
    if (cc->hystart_train || cc->hystart_delay)
        return tarn_cc_slow_start(cc, ack->acked);
    return tarn_cc_hystart(cc, &c->hystart, ack);
}

static void cubic_on_ack(struct tarn_cc *cc, const struct tarn_cc_ack *ack)
{
    struct cubic *c = (void *)cc->state;
    uint32_t acked;

    if (cc->hystart_train || cc->hystart_delay)
        hystart_ack(&c->classic, cc, ack);
    if (!tarn_cc_may_grow(cc, ack)) {
        if (!(ack->flags & TARN_ACK_CWND_LIMITED))
            c->idle = 1;
        return;
    }
    acked = slow_start(c, cc, ack);
    if (acked > 0)
        avoid_congestion(c, cc, ack, acked);
}

/* RFC 9438 4.6, and fast convergence (4.7). */
static void reduce(struct tarn_cc *cc, const struct tarn_cc_ack *last)
{
    struct cubic *c = (void *)cc->state;
    uint64_t cwnd = cc->ctl.cwnd, least = 2 * (uint64_t)cc->mss;
    uint64_t kept = mul_div(tarn_cc_flight(cc, last), BETA_NUM, BETA_DEN);

    c->w_prior = cwnd;
    c->w_max = cwnd < c->w_max ? mul_div(cwnd, BETA_DEN + BETA_NUM, 2 * BETA_DEN) : cwnd;
    c->in_epoch = 0;
    cc->ctl.ssthresh = kept > least ? kept : least;
}

static void cubic_on_event(struct tarn_cc *cc, enum tarn_cc_event event,
                           const struct tarn_cc_ack *last)
{
    struct cubic *c = (void *)cc->state;

    switch (event) {
    case TARN_CC_LOSS:
    case TARN_CC_ECN: reduce(cc, last); break;
    case TARN_CC_RTO:
        reduce(cc, last);
        c->timed_out = 1;
        break;
    case TARN_CC_TX_START: c->idle = 1; break;
    case TARN_CC_IDLE_RESTART: /* RFC 5681 4.1: the restart window */
        if (cc->ctl.cwnd > cc->init_cwnd)
            cc->ctl.cwnd = cc->init_cwnd;
        c->in_epoch = 0;
        break;
    case TARN_CC_SPURIOUS:
    case TARN_CC_RECOVERED:
    case TARN_CC_MSS:
    case TARN_CC_TIMER: break;
    }
}

const struct tarn_cc_ops cc_cubic = {
    .abi = TARN_CC_ABI,
    .size = sizeof(struct tarn_cc_ops),
    .name = "cubic",
    .reference = "RFC 9438",
    .state_size = sizeof(struct cubic),
    .init = cubic_init,
    .on_ack = cubic_on_ack,
    .on_event = cubic_on_event,
};
