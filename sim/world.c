/* sim/world.c - the virtual clock and the loop. */
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STANDSTILL = 1000000 }; /* steps at one instant that mean a node is stuck */

static void *must(void *memory)
{
    if (memory == NULL) {
        fputs("tarn: simulation: out of memory\n", stderr);
        abort();
    }
    return memory;
}

struct sim_frame *sim_frame_new(uint32_t len)
{
    struct sim_frame *f = must(malloc(sizeof *f + len));

    f->len = len;
    return f;
}

struct sim_frame *sim_frame_copy(const struct sim_frame *f)
{
    struct sim_frame *copy = sim_frame_new(f->len);

    memcpy(copy->bytes, f->bytes, f->len);
    return copy;
}

void sim_frame_free(struct sim_frame *f)
{
    free(f);
}

void sim_world_init(struct sim_world *w, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    w->seed = seed;
    sim_digest_u64(&w->digest, seed);
}

void sim_world_fini(struct sim_world *w)
{
    for (unsigned i = 0; i < w->n_nodes; i++)
        w->nodes[i]->ops->free(w->nodes[i]);
    free(w->nodes);
    w->nodes = NULL;
    w->n_nodes = 0;
}

void sim_world_add(struct sim_world *w, struct sim_node *n, const struct sim_node_ops *ops,
                   const char *name)
{
    w->nodes = must(realloc(w->nodes, (w->n_nodes + 1) * sizeof(struct sim_node *)));
    n->ops = ops;
    n->world = w;
    n->name = name;
    n->index = w->n_nodes;
    w->nodes[w->n_nodes++] = n;
}

void sim_join(struct sim_node *a, unsigned end_a, struct sim_node *b, unsigned end_b)
{
    a->peer[end_a].node = b;
    a->peer[end_a].end = end_b;
    b->peer[end_b].node = a;
    b->peer[end_b].end = end_a;
}

uint64_t sim_seed(const struct sim_world *w, uint64_t part)
{
    struct sim_digest d = {w->seed};

    sim_digest_u64(&d, part);
    sim_digest_u64(&d, part + 1);
    return d.sum;
}

static struct sim_node *earliest(const struct sim_world *w, tarn_ns *when)
{
    struct sim_node *first = NULL;

    *when = TARN_NEVER;
    for (unsigned i = 0; i < w->n_nodes; i++) {
        tarn_ns t = w->nodes[i]->ops->deadline(w->nodes[i]);

        if (t < *when) {
            *when = t;
            first = w->nodes[i];
        }
    }
    if (*when < w->now)
        *when = w->now;
    return first;
}

tarn_ns sim_next(const struct sim_world *w)
{
    tarn_ns when;

    return earliest(w, &when) == NULL ? TARN_NEVER : when;
}

static void carry(struct sim_world *w, struct sim_node *n, unsigned end, struct sim_frame *f)
{
    struct sim_node *to = n->peer[end].node;

    w->frames++;
    sim_digest_u64(&w->digest, w->now);
    sim_digest_u64(&w->digest, (uint64_t)n->index << 32 | end);
    sim_digest_bytes(&w->digest, f->bytes, f->len);
    if (w->watch != NULL)
        w->watch(w->watch_ctx, n, end, f, w->now);
    if (to != NULL)
        to->ops->input(to, n->peer[end].end, f, w->now);
    else
        sim_frame_free(f);
}

bool sim_step(struct sim_world *w, tarn_ns until)
{
    tarn_ns when;
    struct sim_node *n = earliest(w, &when);
    struct sim_frame *f;

    if (n == NULL || when > until)
        return false;
    w->steps_at_now = when == w->now ? w->steps_at_now + 1 : 0;
    w->now = when;
    n->ops->tick(n, when);
    for (unsigned end = 0; end < SIM_ENDS; end++)
        while ((f = n->ops->output(n, end, when)) != NULL)
            carry(w, n, end, f);
    return true;
}

bool sim_run(struct sim_world *w, tarn_ns until)
{
    while (w->steps_at_now < STANDSTILL && sim_step(w, until))
        continue;
    if (w->steps_at_now >= STANDSTILL)
        return false;
    if (until != TARN_NEVER && until > w->now) {
        w->now = until;
        w->steps_at_now = 0;
    }
    return true;
}
