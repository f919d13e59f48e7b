/* tcp/cc/reno.c - NewReno: slow start and AIMD (RFC 5681, RFC 6582), counting bytes (RFC 3465).
 *
 * The baseline that every other algorithm is compared with: keep it the shortest file here. Which
 * segments are lost, partial ACKs included, is decided elsewhere; here the window halves once an
 * episode and grows by one segment a round trip.
 *
 * Deviation: RFC 3465 2.3 lets an ACK open the window by at most two segments in slow start. Here,
 * as in Linux, an ACK counts for all that it acknowledges: receivers that coalesce would halve the
 * growth, and what leaves the host in one burst is the engine's matter (ctl.quantum). */
#include "tarn/cc.h"

struct reno {
    uint64_t credit; /* bytes acknowledged towards the next segment; < cwnd after every ACK */
    struct tarn_hystart hystart;
};

_Static_assert(sizeof(struct reno) <= TARN_CC_STATE_BYTES, "the state fits");

static void reno_init(struct tarn_cc *cc, const int64_t *param)
{
    (void)param;
    cc->ctl.cwnd = cc->init_cwnd;
    cc->ctl.ssthresh = UINT64_MAX;
}

static void reno_on_ack(struct tarn_cc *cc, const struct tarn_cc_ack *ack)
{
    struct reno *r = (void *)cc->state;

    if (!tarn_cc_may_grow(cc, ack))
        return;
    r->credit += tarn_cc_hystart(cc, &r->hystart, ack);
    if (r->credit >= cc->ctl.cwnd) { /* congestion avoidance: a window of bytes is a segment more */
        r->credit -= cc->ctl.cwnd;
        cc->ctl.cwnd += cc->mss;
    }
}

static void halve(struct tarn_cc *cc, const struct tarn_cc_ack *last)
{
    struct reno *r = (void *)cc->state;
    uint64_t half = tarn_cc_flight(cc, last) / 2, least = 2 * (uint64_t)cc->mss;

    cc->ctl.ssthresh = half > least ? half : least;
    r->credit = 0;
}

static void reno_on_event(struct tarn_cc *cc, enum tarn_cc_event event,
                          const struct tarn_cc_ack *last)
{
    switch (event) {
    case TARN_CC_LOSS:
    case TARN_CC_ECN:
    case TARN_CC_RTO: halve(cc, last); break;
    case TARN_CC_IDLE_RESTART: /* RFC 5681 4.1: the restart window */
        if (cc->ctl.cwnd > cc->init_cwnd)
            cc->ctl.cwnd = cc->init_cwnd;
        break;
    case TARN_CC_SPURIOUS:
    case TARN_CC_RECOVERED:
    case TARN_CC_TX_START:
    case TARN_CC_MSS:
    case TARN_CC_TIMER: break;
    }
}

const struct tarn_cc_ops cc_reno = {
    .abi = TARN_CC_ABI,
    .size = sizeof(struct tarn_cc_ops),
    .name = "reno",
    .reference = "RFC 5681, RFC 6582, RFC 3465",
    .state_size = sizeof(struct reno),
    .init = reno_init,
    .on_ack = reno_on_ack,
    .on_event = reno_on_event,
};
