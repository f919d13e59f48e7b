/* tarn/tarn.h - one stack instance. It does no I/O, reads no clock, owns no thread.
 *
 *      for (;;) {
 *          wait for the links until tarn_deadline(st)
 *          now = clock
 *          for each packet that came:      tarn_input(st, port, p, now)      up
 *                                          tarn_tick(st, now)                timers
 *          while (tarn_event(st, &ev))     the application acts
 *          while ((p = tarn_output(st, port, now)))  the link sends p        down
 *      }
 *
 * All state lies in the arena: a stack may be copied to another address between two calls and goes
 * on there (see tarn_init). Equal inputs, times and seeds give equal outputs on every machine. */
#ifndef TARN_TARN_H
#define TARN_TARN_H

#include "tarn/control.h"
#include "tarn/pkt.h"
#include "tarn/sock.h"
#include "tarn/trace.h"

#pragma GCC visibility push(default)

enum tarn_cpu { TARN_CPU_AVX2 = 1 };

/* Limits; 0 = the default in brackets. None costs memory before it is used. */
struct tarn_config {
    uint32_t cpu;             /* enum tarn_cpu: what the caller has found; never changes a result */
    uint32_t max_sockets;     /* [1048576] all types, TIME-WAIT included */
    uint32_t max_neighbours;  /* [1024] per interface */
    uint32_t max_routes;      /* [65536] */
    uint32_t max_packets;     /* [65536] */
    uint64_t max_chunk_bytes; /* [half of the arena] payload in all queues */
    uint64_t max_reasm_bytes; /* [4 MiB] fragments waiting */
    /* Of the interface identifiers of RFC 7217: the same key gives the same addresses on the same
     * network. All zero: a key from the seed. */
    uint8_t stable_key[16];
};

/* Smallest arena that is worth a stack; bytes. */
#define TARN_ARENA_MIN (1024u * 1024u)

/* Build a stack at the beginning of `mem` (len bytes, 64-byte aligned, zeroed pages: fresh mmap or
 * cleared by the caller). O(1): pages it does not use are never touched. `cfg` is copied; `seed`
 * (secret on a host, fixed in a test) sets initial sequence numbers, ports and hash keys.
 * The stack may later be moved by copying [mem, mem + tarn_arena_used()) to another such region of
 * the same length; the old copy is dead then.
 * -TARN_EINVAL (a limit is out of range, misaligned), -TARN_ENOMEM (len below TARN_ARENA_MIN). */
int tarn_init(struct tarn **out, void *mem, size_t len, const struct tarn_config *cfg,
              const uint8_t seed[32], tarn_ns now);

/* Bytes from the beginning of the arena that have ever been used. */
size_t tarn_arena_used(const struct tarn *st);

/* More memory, where it cannot be mapped ahead; `mem` must keep its distance from the arena and lie
 * within 32 GiB of it. -TARN_EINVAL. */
int tarn_give(struct tarn *st, void *mem, size_t len);

/* Up: a received packet of port `port`. Consumes p on every path. */
void tarn_input(struct tarn *st, unsigned port, struct pkt *p, tarn_ns now);

/* Down: the next packet to send on `port`, or NULL. The caller owns what it gets. */
struct pkt *tarn_output(struct tarn *st, unsigned port, tarn_ns now);

/* When tarn_tick() must next run: may be early, never late; TARN_NEVER: only input causes work. */
tarn_ns tarn_deadline(const struct tarn *st);

/* Time has passed. An early tick changes nothing. */
void tarn_tick(struct tarn *st, tarn_ns now);

enum tarn_event_kind {
    TARN_EVENT_SOCKET = 1, /* readiness changed: `ready` holds all bits now set */
    TARN_EVENT_MEMORY = 2, /* a pool was refused memory: tarn_give() would help */
    /* Interfaces, addresses, routes, resolvers or routers' flags are others than before. */
    TARN_EVENT_CONTROL = 3,
};

struct tarn_event {
    uint8_t kind;
    unsigned ready;
    tarn_sock sock;
    uint64_t user; /* as given to tarn_open() */
};

/* What changed, oldest first; several changes of one socket are told once. false when drained. */
bool tarn_event(struct tarn *st, struct tarn_event *out);

/* Stack parameters by name ("tcp.rto-min-us"), see param.def. -TARN_ENOENT, -TARN_EINVAL. */
int tarn_param_set(struct tarn *st, const char *name, int64_t value);
int tarn_param_get(const struct tarn *st, const char *name, int64_t *value);
/* The ith parameter, counted from 0; false: there are not so many. */
struct tarn_param {
    const char *name;
    int64_t def, min, max;
};
bool tarn_param_row(unsigned i, struct tarn_param *out);

/* The congestion control of sockets opened from now on ("cubic" at first). -TARN_ENOENT. */
int tarn_set_default_cc(struct tarn *st, const char *name);

#pragma GCC visibility pop

#endif
