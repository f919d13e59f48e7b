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
#include "base/siphash.h"
#include "base/wheel.h"
#include "core/param.h"
#include "tarn/tarn.h"

/* Layers with state of their own, allocated once at tarn_init(). */
enum layer {
    LAYER_PORT,
    LAYER_ETH,
    LAYER_IP,
    LAYER_GROUP,
    LAYER_ADDRCONF,
    LAYER_ICMP,
    LAYER_SOCK,
    LAYER_UDP,
    LAYER_RAW,
    LAYER_TCP,
    LAYER_RESOLVER,
    LAYER_N
};

/* Random streams: one per component, so that adding a flow changes no other's draws. */
enum stream {
    STREAM_HASH,
    STREAM_PORT,
    STREAM_IP_ID,
    STREAM_ISN,
    STREAM_TCP,
    STREAM_NEIGH,
    STREAM_ICMP,
    STREAM_DNS,
    STREAM_ADDRESS, /* DAD's delays, temporary addresses, 3927 */
    STREAM_GROUP,   /* reports' delays */
    STREAM_FLOW,    /* flow labels, IPv6 identifications */
    STREAM_N
};

/* What a timer belongs to; stack.c dispatches an expiry to its owner. */
enum timer_kind {
    TIMER_SOCK = 1,
    TIMER_NEIGH,
    TIMER_REASM,
    TIMER_PMTU,
    TIMER_ROUTE,    /* ip/: the end of a route's lifetime */
    TIMER_ADDRESS,  /* addrconf/: DAD, lifetimes */
    TIMER_ROUTER,   /* addrconf/: solicitations, lifetimes of what routers have advertised */
    TIMER_GROUP,    /* group/: reports and queries */
    TIMER_RESOLVER, /* core/resolver.c: lifetimes of servers and domains */
    TIMER_TCP_REQUEST,
    TIMER_TCP_TIME_WAIT
};

enum { DROP_RING = 256, CHUNK_CLASSES = 5 };

struct tarn {
    struct arena arena;
    struct tarn_config cfg;
    tarn_ns born;
    tarn_ns now;             /* of the latest verb */
    uint32_t layer[LAYER_N]; /* references of the layers' states */
    struct pool pkt_pool;
    struct pool chunk_pool[CHUNK_CLASSES]; /* see core/chunk.h */
    struct tarn_usage held; /* each layer keeps its own figures here; pools' are read from them */
    struct wheel wheel;
    struct rng rng[STREAM_N];
    struct sip_key hash_key; /* of every table whose keys peers choose */
    struct list events;      /* sockets with news, oldest first; see sock/ready.c */
    bool memory_event;       /* TARN_EVENT_MEMORY is due */
    bool control_event;      /* TARN_EVENT_CONTROL is due; set by control_changed() */
    uint32_t generation;     /* see tarn_generation() */
    uint64_t next_pkt_id;
    uint64_t bugs;
    int64_t param[PARAM_N];
    uint64_t stat[TARN_STAT_N];
    uint64_t drop[DROP_N];
    uint64_t n_drops; /* ever; the ring holds the last DROP_RING */
    struct tarn_drop_record drop_ring[DROP_RING];
};

/* A layer's door to tarn_init(): allocate state from the arena (layer_alloc) and initialise it;
 * false = refused. stack.c calls them in the order of enum layer; those of the transports are named
 * in their tables (struct proto). */
bool port_layer_init(struct tarn *st);
bool eth_layer_init(struct tarn *st);
bool ip_layer_init(struct tarn *st);
bool group_layer_init(struct tarn *st);
bool addrconf_layer_init(struct tarn *st);
bool sock_layer_init(struct tarn *st);

/* A layer's state of `bytes`, zeroed; NULL when the arena has no room. core/layer.c */
void *layer_alloc(struct tarn *st, enum layer l, size_t bytes);

/* Every parameter at its row's default. core/param.c */
void param_defaults(struct tarn *st);

static inline void *layer_state(const struct tarn *st, enum layer l)
{
    return ref_ptr(st, st->layer[l]);
}

static inline void stat_add(struct tarn *st, enum tarn_stat s, uint64_t n)
{
    st->stat[s] += n;
}

/* Interfaces, addresses, routes or resolvers have changed: tell the embedder. */
static inline void control_changed(struct tarn *st)
{
    st->control_event = true;
}

/* Count an internal error: the caller gives up the packet or the connection, never the process. */
#define TARN_BUG(st_) ((st_)->bugs++)

#endif
