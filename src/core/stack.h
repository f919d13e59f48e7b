/* core/stack.h - struct tarn: what all layers share. Each layer's own state hangs off it by
 * reference, so that no layer sees another's.
 *
 * Everything is found from the arena's base, which is the address of struct tarn itself. */
#ifndef TARN_CORE_STACK_H
#define TARN_CORE_STACK_H

#include "base/arena.h"
#include "base/list.h"
#include "base/ref.h"
#include "base/rng.h"
#include "base/wheel.h"
#include "core/param.h"
#include "tarn/tarn.h"

/* Layers with state of their own, allocated once at tarn_init() (see struct layer_ops). */
enum layer { LAYER_PORT, LAYER_ETH, LAYER_IP, LAYER_ICMP, LAYER_SOCK, LAYER_UDP, LAYER_RAW,
             LAYER_TCP, LAYER_N };

/* Random streams: one per component, so that adding a flow changes no other's draws. */
enum stream { STREAM_HASH, STREAM_PORT, STREAM_IP_ID, STREAM_ISN, STREAM_TCP, STREAM_NEIGH,
              STREAM_ICMP, STREAM_DNS, STREAM_N };

/* What a timer belongs to; stack.c dispatches an expiry to its owner. */
enum timer_kind { TIMER_SOCK = 1, TIMER_NEIGH, TIMER_REASM, TIMER_PORT, TIMER_TCP_REQUEST,
                  TIMER_TCP_TIME_WAIT };

enum { DROP_RING = 256 };

struct tarn {
    struct arena arena;
    struct tarn_config cfg;
    tarn_ns born;
    uint32_t layer[LAYER_N]; /* references of the layers' states */
    struct pool pkt_pool;
    struct pool chunk_pool[8]; /* by size class, see core/chunk.h */
    uint64_t chunk_bytes;      /* held in chunks now */
    struct wheel wheel;
    struct rng rng[STREAM_N];
    uint8_t hash_key[16];
    struct list events;        /* sockets with news, oldest first */
    bool memory_event;         /* TARN_EVENT_MEMORY is due */
    uint32_t generation;       /* see tarn_generation() */
    uint64_t next_pkt_id;
    uint64_t bugs;
    int64_t param[PARAM_N];
    uint64_t stat[TARN_STAT_N];
    uint64_t drop[DROP_N];
    uint64_t n_drops;          /* ever; the ring holds the last DROP_RING */
    struct tarn_drop_record drop_ring[DROP_RING];
};

/* A layer's door to tarn_init(): allocate state from the arena, return its reference; 0 = refused.
 * stack.c calls them in the order of enum layer. */
uint32_t port_layer_init(struct tarn *st);
uint32_t eth_layer_init(struct tarn *st);
uint32_t ip_layer_init(struct tarn *st);
uint32_t icmp_layer_init(struct tarn *st);
uint32_t sock_layer_init(struct tarn *st);
uint32_t udp_layer_init(struct tarn *st);
uint32_t raw_layer_init(struct tarn *st);
uint32_t tcp_layer_init(struct tarn *st);

static inline void *layer_state(const struct tarn *st, enum layer l)
{
    return ref_ptr(st, st->layer[l]);
}

static inline void stat_add(struct tarn *st, enum tarn_stat s, uint64_t n)
{
    st->stat[s] += n;
}

/* Count an internal error: the caller gives up the packet or the connection, never the process. */
#define TARN_BUG(st_) ((st_)->bugs++)

#endif
