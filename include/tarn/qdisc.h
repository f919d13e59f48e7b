/* tarn/qdisc.h - a queue discipline: one file in src/qdisc/, one const table `qdisc_NAME`.
 *
 * It decides which of the packets waiting for a port goes next, and which is dropped. A discipline
 * sees packets and time, nothing else: the simulator's bottleneck queue is the same table. */
#ifndef TARN_QDISC_H
#define TARN_QDISC_H

#include "tarn/pkt.h"

#define TARN_QDISC_ABI 1u
enum { TARN_QDISC_STATE_BYTES = 64 };

struct qdisc_ops {
    uint32_t abi, size;
    const char *name;
    uint32_t state_bytes; /* of its struct, at most TARN_QDISC_STATE_BYTES */
    void (*init)(struct tarn *st, void *state, tarn_ns now);
    void (*enqueue)(struct tarn *st, void *state, struct pkt *p, tarn_ns now); /* or drops */
    struct pkt *(*dequeue)(struct tarn *st, void *state, tarn_ns now); /* NULL: none may go now */
    /* When dequeue may have a packet without a further enqueue; TARN_NEVER. Now: 0. */
    tarn_ns (*deadline)(const struct tarn *st, const void *state);
    /* Drop all that waits. */
    void (*flush)(struct tarn *st, void *state, enum tarn_drop why);
};

/* All disciplines by name, generated from the folder; ends with NULL. */
extern const struct qdisc_ops *const qdisc_table[];

/* What a new port has. */
extern const struct qdisc_ops qdisc_fifo;

#endif
