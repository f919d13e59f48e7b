/* run/loop.h - the host's loop, written once: it waits for descriptors until the earliest deadline,
 * reads the clock, and moves packets between links and stacks.
 *
 *     run_loop_new(&loop);
 *     run_loop_add_stack(loop, st, on_event, ctx);
 *     run_loop_add_link(loop, link, port);
 *     while (!done)
 *         run_loop_turn(loop, TARN_NEVER);
 *
 * One turn is: wait; now = clock; packets up; ticks; descriptors' services; events; packets down.
 * Whatever these do may change what the next turn waits for; nothing here is re-entered. A loop and
 * its stacks belong to one thread. */
#ifndef TARN_RUN_LOOP_H
#define TARN_RUN_LOOP_H

#include "tarn/link.h"
#include "tarn/tarn.h"

struct run_loop;

/* What happened on a stack: one tarn_event(). */
typedef void run_event_fn(void *ctx, struct tarn *st, const struct tarn_event *ev, tarn_ns now);

/* Something with a descriptor, a deadline or both, that takes part in the loop. */
struct run_service {
    int fd; /* wait until it is readable; -1: none. Borrowed until run_loop_remove_service() */
    void *ctx;
    void (*ready)(void *ctx, tarn_ns now); /* fd is readable; may be NULL without fd */
    tarn_ns (*deadline)(void *ctx);        /* TARN_NEVER: none; may be NULL */
    void (*tick)(void *ctx, tarn_ns now);  /* the deadline has come; NULL when deadline is */
};

/* Counters, for people and tests. */
struct run_loop_stats {
    uint64_t turns, waits; /* turns in which the thread really waited */
    uint64_t rx_packets, tx_packets, tx_refused;
};

/* -TARN_ENOMEM, or what epoll_create1() refuses with. */
int run_loop_new(struct run_loop **out);
/* Links, stacks and services stay their owner's; packets waiting for a link are put back. */
void run_loop_free(struct run_loop *loop);

/* A stack to tick and to take events from. `fn` may be NULL: events then stay in the stack. */
int run_loop_add_stack(struct run_loop *loop, struct tarn *st, run_event_fn *fn, void *ctx);

/* A link that carries port `port` of link->st, which must be in the loop. */
int run_loop_add_link(struct run_loop *loop, struct link *link, unsigned port);

/* What a link's packets come to and from instead of a stack's port. `up` consumes its packet;
 * `down` gives one away, or NULL. */
struct run_end {
    void *ctx;
    void (*up)(void *ctx, struct pkt *p, tarn_ns now);
    struct pkt *(*down)(void *ctx, tarn_ns now);
};
int run_loop_add_end(struct run_loop *loop, struct link *link, const struct run_end *end);

/* `service` is copied; services are called in the order in which they were added. */
int run_loop_add_service(struct run_loop *loop, const struct run_service *service);
void run_loop_remove_service(struct run_loop *loop, void *ctx);

/* Before it sleeps the loop looks again and again for this long; 0 (default): never. */
void run_loop_set_spin(struct run_loop *loop, tarn_ns spin_ns);

/* One turn, waiting no longer than until `until` (a time of run_clock(); 0 = do not wait). Returns
 * how much was done: packets, events and services; 0 = only time has passed. -TARN_EINTR: a signal
 * came while waiting, nothing was done. */
int run_loop_turn(struct run_loop *loop, tarn_ns until);

/* The time the current or last turn gave to everyone. */
tarn_ns run_loop_now(const struct run_loop *loop);

/* Links whose far end is gone for good (rx said -TARN_ENETDOWN). */
unsigned run_loop_links_down(const struct run_loop *loop);

const struct run_loop_stats *run_loop_stats(const struct run_loop *loop);

#endif
