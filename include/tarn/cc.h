/* tarn/cc.h - a congestion control: one file in src/tcp/cc/, one const table `cc_NAME`.
 *
 * A module sees what stands here and nothing else of TCP, so the simulator can drive it alone. It
 * decides how much may be in flight; what is lost is decided elsewhere (RFC 6675, RFC 8985). It
 * uses no clock, no libc and no floating point; its state is plain data without pointers. */
#ifndef TARN_CC_H
#define TARN_CC_H

#include <stddef.h>
#include <stdint.h>

#define TARN_CC_ABI 1u
enum { TARN_CC_STATE_BYTES = 128 };

enum tarn_cc_ack_flag {
    TARN_ACK_ROUND = 1,        /* first ACK of a new round trip */
    TARN_ACK_CWND_LIMITED = 2, /* the window was the limit (RFC 7661) */
    TARN_ACK_APP_LIMITED = 4,  /* the rate sample was limited by the application */
    TARN_ACK_RETRANS = 8,      /* the newest delivered segment was a retransmission */
    TARN_ACK_RECOVERY = 32,    /* in fast recovery or after a timeout */
    TARN_ACK_DUP = 64,
    TARN_ACK_ECE = 128,
};

/* One processed ACK, after scoreboard and loss detection. Bytes and nanoseconds. */
struct tarn_cc_ack {
    uint32_t size, flags;
    uint64_t now_ns;
    uint64_t delivered, delivered_ce, lost;    /* connection totals after this ACK */
    uint32_t acked, acked_ce, newly_lost;      /* deltas of this ACK, cumulative and SACK */
    uint32_t acked_segs;                       /* the same in segments */
    uint32_t inflight, prior_inflight;         /* after, before this ACK */
    int64_t rtt_ns, owd_ns;                    /* raw sample of the newest delivered; -1 = none */
    uint64_t srtt_ns, min_rtt_ns;              /* RFC 6298; connection minimum; 0 = none yet */
    uint64_t rate, interval_ns;                /* delivery rate sample, bytes/s; 0 = none */
    uint64_t tx_delivered, tx_lost;            /* totals when the newest delivered was sent */
    uint32_t tx_inflight, tx_tag;              /* in flight, and the module's tag, at that moment */
};

enum tarn_cc_event {
    TARN_CC_LOSS,         /* first loss of an episode: the module sets ctl.ssthresh */
    TARN_CC_ECN,          /* first congestion mark of a round (RFC 3168) */
    TARN_CC_RTO,          /* timeout: sets ssthresh; the engine sets cwnd to one segment after */
    TARN_CC_SPURIOUS,     /* the episode was none; the engine has restored ctl and state */
    TARN_CC_RECOVERED,    /* recovery ended; cwnd == ssthresh unless the module changes it */
    TARN_CC_TX_START,     /* first segment with nothing in flight */
    TARN_CC_IDLE_RESTART, /* after idle for longer than the RTO (RFC 5681 4.1) */
    TARN_CC_MSS,          /* mss has changed */
    TARN_CC_TIMER,        /* ctl.wake_ns was reached */
};

/* The module's outputs, read by the engine after every callback. */
struct tarn_cc_ctl {
    uint64_t cwnd, ssthresh; /* bytes; ssthresh UINT64_MAX before the first loss */
    uint64_t pacing;         /* bytes/s; 0 = the connection's policy */
    uint64_t wake_ns;        /* absolute; 0 = no timer */
    uint32_t quantum;        /* largest burst, bytes; 0 = the engine's */
    uint32_t tx_tag;         /* copied into every segment sent from now on */
};

struct tarn_cc;

struct tarn_cc_host {
    uint32_t size;
    uint32_t (*rand32)(struct tarn_cc *cc); /* the connection's own stream */
    void (*trace)(struct tarn_cc *cc, uint32_t metric, int64_t value); /* may be NULL */
};

struct tarn_cc {
    const struct tarn_cc_host *host;
    struct tarn_cc_ctl ctl;
    uint32_t mss, init_cwnd, min_cwnd; /* bytes */
    uint32_t weight_q16;               /* 1.0 = 65536 */
    _Alignas(8) uint8_t state[TARN_CC_STATE_BYTES];
};

struct tarn_cc_param {
    const char *name, *unit;
    int64_t def, min, max;
};

struct tarn_cc_ops {
    uint32_t abi, size;
    const char *name, *reference; /* "cubic", "RFC 9438" */
    uint32_t state_size, n_params, n_metrics;
    const struct tarn_cc_param *params;
    const char *const *metrics;
    /* Required. `param` has n_params values, or is NULL for the defaults. Sets ctl. */
    void (*init)(struct tarn_cc *cc, const int64_t *param);
    void (*on_ack)(struct tarn_cc *cc, const struct tarn_cc_ack *ack);
    void (*on_event)(struct tarn_cc *cc, enum tarn_cc_event event, const struct tarn_cc_ack *last);
    /* Optional. */
    void (*on_send)(struct tarn_cc *cc, uint32_t bytes, uint32_t inflight, uint64_t now_ns);
};

#endif
