/* sim/wire.c - two laws and two delay lines. */
#include "sim/wire.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/impair_line.h"

/* From the end of the same number to the other. */
struct way {
    struct impair_law law;
    struct impair_line line;
    struct sim_wire_count count;
};

struct sim_wire {
    struct sim_node node;
    struct way way[2];
};

static struct sim_wire *wire_of(struct sim_node *n)
{
    return (struct sim_wire *)n;
}

static void count_verdict(struct sim_wire_count *c, const struct impair_verdict *v, uint32_t bytes)
{
    c->offered++;
    c->bytes += bytes;
    c->lost += v->fate == IMPAIR_LOST;
    c->queue_full += v->fate == IMPAIR_QUEUE_FULL;
    c->corrupted += v->corrupt_bit != IMPAIR_INTACT;
    c->duplicated += v->copies == 2;
}

static void wire_input(struct sim_node *n, unsigned end, struct sim_frame *f, tarn_ns now)
{
    struct way *way = &wire_of(n)->way[end];
    struct impair_verdict v = impair_offer(&way->law, now, f->len);

    count_verdict(&way->count, &v, f->len);
    if (v.corrupt_bit != IMPAIR_INTACT)
        f->bytes[v.corrupt_bit / 8] ^= (uint8_t)(0x80 >> v.corrupt_bit % 8);
    for (unsigned i = 0; i < v.copies; i++) {
        struct sim_frame *copy = i + 1 < v.copies ? sim_frame_copy(f) : f;

        if (!impair_line_push(&way->line, v.release[i], copy))
            abort();
    }
    if (v.copies == 0)
        sim_frame_free(f);
}

static struct sim_frame *wire_output(struct sim_node *n, unsigned end, tarn_ns now)
{
    return end < 2 ? impair_line_pop(&wire_of(n)->way[!end].line, now) : NULL;
}

static tarn_ns wire_deadline(const struct sim_node *n)
{
    const struct sim_wire *wire = (const struct sim_wire *)n;
    tarn_ns there = impair_line_next(&wire->way[0].line);
    tarn_ns back = impair_line_next(&wire->way[1].line);

    return there < back ? there : back;
}

static void wire_tick(struct sim_node *n, tarn_ns now)
{
    (void)n;
    (void)now;
}

static void wire_free(struct sim_node *n)
{
    struct sim_wire *wire = wire_of(n);
    struct sim_frame *f;

    for (unsigned i = 0; i < 2; i++) {
        while ((f = impair_line_pop(&wire->way[i].line, TARN_NEVER)) != NULL)
            sim_frame_free(f);
        impair_line_fini(&wire->way[i].line);
    }
    free(wire);
}

static const struct sim_node_ops wire_ops = {
    .kind = "wire",
    .input = wire_input,
    .output = wire_output,
    .deadline = wire_deadline,
    .tick = wire_tick,
    .free = wire_free,
};

struct sim_wire *sim_wire_new(struct sim_world *w, const char *name, const char *impairment,
                              char *error, size_t error_bytes)
{
    struct impair_spec spec = {.seed = 0};
    struct sim_wire *wire;

    if (impairment != NULL && impair_parse(impairment, &spec, error, error_bytes) < 0)
        return NULL;
    wire = calloc(1, sizeof *wire);
    if (wire == NULL)
        abort();
    sim_world_add(w, &wire->node, &wire_ops, name);
    impair_init(&wire->way[0].law, &spec, sim_seed(w, wire->node.index), IMPAIR_TX);
    impair_init(&wire->way[1].law, &spec, sim_seed(w, wire->node.index), IMPAIR_RX);
    return wire;
}

struct sim_node *sim_wire_node(struct sim_wire *wire)
{
    return &wire->node;
}

const struct sim_wire_count *sim_wire_count(const struct sim_wire *wire, unsigned end)
{
    return &wire->way[end].count;
}
