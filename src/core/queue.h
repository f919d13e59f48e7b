/* core/queue.h - a first-in first-out queue of packets, joined by their `next`. */
#ifndef TARN_CORE_QUEUE_H
#define TARN_CORE_QUEUE_H

#include "core/stack.h"

/* All zeroes: empty. */
struct queue {
    uint32_t first, last; /* references; 0 = none */
    uint32_t n;
    uint32_t bytes; /* the caller's account, where it keeps one */
};

static inline struct pkt *queue_first(const struct tarn *st, const struct queue *q)
{
    return ref_ptr(st, q->first);
}

static inline void queue_push(struct tarn *st, struct queue *q, struct pkt *p)
{
    uint32_t ref = ref_of(st, p);

    p->next = 0;
    if (q->n++ == 0)
        q->first = ref;
    else
        ((struct pkt *)ref_at(st, q->last))->next = ref;
    q->last = ref;
}

/* The oldest packet, which is then the caller's; NULL when there is none. */
static inline struct pkt *queue_pop(struct tarn *st, struct queue *q)
{
    struct pkt *p = queue_first(st, q);

    if (p == NULL)
        return NULL;
    q->first = p->next;
    p->next = 0;
    q->n--;
    return p;
}

static inline void queue_flush(struct tarn *st, struct queue *q, enum tarn_drop why)
{
    struct pkt *p;

    while ((p = queue_pop(st, q)) != NULL)
        pkt_drop(st, p, why);
    q->bytes = 0;
}

#endif
