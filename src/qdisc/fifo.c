/* qdisc/fifo.c - first in, first out, bounded by bytes on the wire.
 *
 * Bytes rather than packets, because one packet may stand for 64 KiB. The bound holds a second of
 * 32 Mbit/s; local sockets are pulled (stack.c) and hardly ever use it. */
#include "core/queue.h"
#include "tarn/qdisc.h"

enum { FIFO_LIMIT_BYTES = 4 * 1024 * 1024 };

struct fifo {
    struct queue q;
};

static void fifo_init(struct tarn *st, void *state, tarn_ns now)
{
    (void)st;
    (void)now;
    *(struct fifo *)state = (struct fifo){0};
}

static void fifo_enqueue(struct tarn *st, void *state, struct pkt *p, tarn_ns now)
{
    struct fifo *f = state;

    (void)now;
    if (f->q.n > 0 && f->q.bytes + pkt_len(p) > FIFO_LIMIT_BYTES) {
        pkt_drop(st, p, DROP_QUEUE_LIMIT);
        return;
    }
    f->q.bytes += pkt_len(p);
    queue_push(st, &f->q, p);
}

static struct pkt *fifo_dequeue(struct tarn *st, void *state, tarn_ns now)
{
    struct fifo *f = state;
    struct pkt *p = queue_pop(st, &f->q);

    (void)now;
    if (p != NULL)
        f->q.bytes -= pkt_len(p);
    return p;
}

static tarn_ns fifo_deadline(const struct tarn *st, const void *state)
{
    const struct fifo *f = state;

    (void)st;
    return f->q.n > 0 ? 0 : TARN_NEVER;
}

static void fifo_flush(struct tarn *st, void *state, enum tarn_drop why)
{
    struct fifo *f = state;

    queue_flush(st, &f->q, why);
}

const struct qdisc_ops qdisc_fifo = {
    .abi = TARN_QDISC_ABI,
    .size = sizeof(struct qdisc_ops),
    .name = "fifo",
    .state_bytes = sizeof(struct fifo),
    .init = fifo_init,
    .enqueue = fifo_enqueue,
    .dequeue = fifo_dequeue,
    .deadline = fifo_deadline,
    .flush = fifo_flush,
};
