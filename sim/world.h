/* sim/world.h - networks in virtual time: nodes joined end to end, and the loop that runs them.
 *
 * It is the loop of include/tarn/tarn.h with the wait replaced by `now = the earliest deadline`. A
 * node answers the same four verbs as a stack:
 *
 *      input      a frame comes in at one of its ends; changes state only
 *      output     the next frame it sends at that end, or NULL
 *      deadline   when it has something to do: a tick, or output
 *      tick       time has passed; an early tick changes nothing
 *
 * A step takes the node with the earliest deadline (ties: the node made first), ticks it, and
 * carries its output to whoever is joined to that end. No node calls another, so there is no
 * recursion. Frames are plain bytes outside every stack: a stack in its arena may be moved between
 * two steps.
 *
 * Everything a run draws comes from the world's seed, and the digest takes in every frame that a
 * node gives or gets, every event, and their times: equal worlds have equal digests. */
#ifndef TARN_SIM_WORLD_H
#define TARN_SIM_WORLD_H

#include "sim/digest.h"
#include "tarn/pkt.h"

struct sim_node;
struct sim_world;

struct sim_frame {
    uint32_t len;
    uint8_t bytes[];
};

/* A frame of `len` bytes for the caller to fill. Simulation ends the process when memory does. */
struct sim_frame *sim_frame_new(uint32_t len);
struct sim_frame *sim_frame_copy(const struct sim_frame *f);
void sim_frame_free(struct sim_frame *f);

struct sim_node_ops {
    const char *kind;
    void (*input)(struct sim_node *n, unsigned end, struct sim_frame *f,
                  tarn_ns now);                                                 /* consumes f */
    struct sim_frame *(*output)(struct sim_node *n, unsigned end, tarn_ns now); /* the caller's */
    tarn_ns (*deadline)(const struct sim_node *n);
    void (*tick)(struct sim_node *n, tarn_ns now);
    void (*free)(struct sim_node *n);
};

enum { SIM_ENDS = 8 };

/* What every node begins with. */
struct sim_node {
    const struct sim_node_ops *ops;
    struct sim_world *world;
    const char *name; /* borrowed */
    unsigned index;   /* in the world, in the order of making */
    struct {
        struct sim_node *node;
        unsigned end;
    } peer[SIM_ENDS];
};

/* Sees each frame as it passes from one end to another; for captures and traces. */
typedef void sim_watch_fn(void *ctx, const struct sim_node *from, unsigned end,
                          const struct sim_frame *f, tarn_ns now);

struct sim_world {
    tarn_ns now;
    uint64_t seed;
    struct sim_digest digest;
    uint64_t frames; /* carried from one end to another */
    struct sim_node **nodes;
    unsigned n_nodes;
    unsigned steps_at_now;
    sim_watch_fn *watch; /* or NULL */
    void *watch_ctx;
};

/* A world without nodes at time 0. */
void sim_world_init(struct sim_world *w, uint64_t seed);
/* Frees the nodes too. */
void sim_world_fini(struct sim_world *w);

/* The world owns the node (its memory too: ops->free) from now on. For the makers of node kinds. */
void sim_world_add(struct sim_world *w, struct sim_node *n, const struct sim_node_ops *ops,
                   const char *name);

/* Joins two ends, both ways. An end that is not joined to another loses what is sent there. */
void sim_join(struct sim_node *a, unsigned end_a, struct sim_node *b, unsigned end_b);

/* A seed for part `part` of the world: differs from part to part and from world to world. */
uint64_t sim_seed(const struct sim_world *w, uint64_t part);

/* One step, if there is one at or before `until`; false when there is none. */
bool sim_step(struct sim_world *w, tarn_ns until);

/* Steps until nothing is to be done before `until`, then sets the clock to it (not for TARN_NEVER:
 * the clock stays at the last step). false when a node stands still: it always wants to be called
 * at once and nothing ever happens. */
bool sim_run(struct sim_world *w, tarn_ns until);

/* The earliest deadline of all nodes, TARN_NEVER when nothing will ever happen. */
tarn_ns sim_next(const struct sim_world *w);

#endif
