/* tests/unit/tcp/cc/drive.h - drives a congestion control alone, as a sender on a path of constant
 * round trip would: window by window, one ACK per segment, evenly spread. */
#ifndef TARN_TESTS_UNIT_TCP_CC_DRIVE_H
#define TARN_TESTS_UNIT_TCP_CC_DRIVE_H

#include <string.h>

#include "tarn/cc.h"

enum { DRIVE_MSS = 1448, DRIVE_IW = 10 * DRIVE_MSS };

struct drive {
    const struct tarn_cc_ops *ops;
    struct tarn_cc cc;
    struct tarn_cc_ack ack;
    uint64_t rtt_ns;
};

static inline void drive_init(struct drive *d, const struct tarn_cc_ops *ops, uint64_t rtt_ns)
{
    memset(d, 0, sizeof *d);
    d->ops = ops;
    d->rtt_ns = rtt_ns;
    d->cc.mss = DRIVE_MSS;
    d->cc.init_cwnd = DRIVE_IW;
    d->cc.min_cwnd = 2 * DRIVE_MSS;
    d->cc.weight_q16 = 65536;
    d->ack.size = sizeof d->ack;
    d->ack.now_ns = 1000000000;
    d->ack.srtt_ns = d->ack.min_rtt_ns = rtt_ns;
    d->ack.rtt_ns = (int64_t)rtt_ns;
    ops->init(&d->cc, NULL);
}

static inline double drive_segs(const struct drive *d)
{
    return (double)d->cc.ctl.cwnd / DRIVE_MSS;
}

/* One ACK of `bytes`, after `wait_ns`. */
static inline void drive_ack(struct drive *d, uint32_t bytes, uint32_t flags, uint64_t wait_ns)
{
    d->ack.now_ns += wait_ns;
    d->ack.flags = flags;
    d->ack.acked = bytes;
    d->ack.acked_segs = (bytes + DRIVE_MSS - 1) / DRIVE_MSS;
    d->ack.delivered += bytes;
    d->ack.prior_inflight = (uint32_t)d->cc.ctl.cwnd;
    d->ack.inflight = (uint32_t)d->cc.ctl.cwnd - bytes;
    d->ops->on_ack(&d->cc, &d->ack);
}

/* One window of ACKs; returns how many segments that was. */
static inline unsigned drive_round(struct drive *d, uint32_t flags)
{
    unsigned n = (unsigned)(d->cc.ctl.cwnd / DRIVE_MSS);

    for (unsigned i = 0; i < n; i++)
        drive_ack(d, DRIVE_MSS, flags, d->rtt_ns / n);
    return n;
}

/* A loss with a full window in flight, and the round of its repair. */
static inline void drive_loss(struct drive *d)
{
    d->ack.prior_inflight = (uint32_t)d->cc.ctl.cwnd;
    d->ops->on_event(&d->cc, TARN_CC_LOSS, &d->ack);
    d->cc.ctl.cwnd = d->cc.ctl.ssthresh;
    drive_round(d, TARN_ACK_RECOVERY | TARN_ACK_CWND_LIMITED);
    d->ops->on_event(&d->cc, TARN_CC_RECOVERED, &d->ack);
}

/* Mean window, in segments, over `epochs` losses, one each `period` segments. */
static inline double drive_mean_window(struct drive *d, unsigned period, unsigned epochs)
{
    double sum = 0, rounds = 0;

    for (unsigned epoch = 0; epoch < epochs; epoch++) {
        for (unsigned sent = 0; sent < period;) {
            unsigned n = drive_round(d, TARN_ACK_CWND_LIMITED);

            sent += n;
            sum += epoch >= epochs / 2 ? n : 0; /* the first half is the start's */
            rounds += epoch >= epochs / 2;
        }
        drive_loss(d);
        sum += epoch >= epochs / 2 ? drive_segs(d) : 0;
        rounds += epoch >= epochs / 2;
    }
    return sum / rounds;
}

#endif
