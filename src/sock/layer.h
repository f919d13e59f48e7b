/* sock/layer.h - the socket layer's own state; private to src/sock. */
#ifndef TARN_SOCK_LAYER_H
#define TARN_SOCK_LAYER_H

#include "core/port.h"
#include "sock/proto.h"

/* SLOT_SEGMENTS segments, each as long as all before it and the first together. */
enum { PROTO_MAX = 16, SLOT_FIRST = 16, SLOT_SEGMENTS = 17, EPHEMERAL_COUNTERS = 64 };

/* What a handle's slot holds: gen is odd while a socket has it, and `ref` names the socket; else
 * `ref` is the next free slot's number + 1. */
struct slot {
    uint32_t ref, gen;
};

struct sock_layer {
    struct hash connections; /* struct sock, by the four of them */
    uint32_t last_found;     /* one of them, or 0 */
    struct hash bound;       /* struct sock, by protocol and local port */
    struct hash holds;       /* struct port_hold, by protocol and local port */
    struct pool hold_pool;
    struct pool error_pool;      /* struct error_queue */
    struct pool pool[PROTO_MAX]; /* by index of proto_table */
    uint8_t by_number[256];      /* IP protocol number to index + 1 */
    struct list want_tx[PORT_MAX];
    uint32_t segment[SLOT_SEGMENTS];        /* of the slot table */
    uint32_t n_slots, free_slot;            /* free_slot: number + 1 */
    uint16_t ephemeral[EPHEMERAL_COUNTERS]; /* RFC 6056 3.3.4's table */
    uint16_t sequential;                    /* without sock.random-ports */
};

static inline struct sock_layer *sock_layer(const struct tarn *st)
{
    return layer_state(st, LAYER_SOCK);
}

/* sock/demux.c */
void demux_init(struct sock_layer *all);
/* The first of the sockets bound to (protocol, port), and the one after; NULL. */
struct sock *demux_bound_first(const struct tarn *st, uint8_t protocol, uint16_t port);
struct sock *demux_bound_next(const struct tarn *st, const struct sock *sk);
uint32_t demux_port_hash(const struct tarn *st, uint8_t protocol, uint16_t port);

/* sock/error.c */
void errors_init(struct sock_layer *all);
void errors_free(struct tarn *st, struct sock *sk);
bool errors_are_queued(const struct tarn *st, const struct sock *sk);
/* TARN_MSG_ERRQUEUE: the oldest error's bytes, name and m->info->error; -TARN_EAGAIN. */
long errors_recv(struct tarn *st, struct sock *sk, struct tarn_msg *m);

/* sock/port_alloc.c */
void port_alloc_init(struct tarn *st, struct sock_layer *all);

#endif
