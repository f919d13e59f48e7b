/* tests/unit/sim/world_test.c - the virtual clock and the wires, with nodes that are no stacks. */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "sim/wire.h"
#include "tests/unit/test.h"

/* Sends `n` frames of 125 bytes that hold their number, one each `gap`, and notes what comes in. */
struct probe {
    struct sim_node node;
    unsigned n, sent;
    tarn_ns gap;
    unsigned got;
    struct {
        tarn_ns when;
        uint32_t number;
    } in[4096];
};

static void probe_input(struct sim_node *n, unsigned end, struct sim_frame *f, tarn_ns now)
{
    struct probe *p = (struct probe *)n;

    (void)end;
    if (p->got < 4096) {
        p->in[p->got].when = now;
        memcpy(&p->in[p->got].number, f->bytes, 4);
    }
    p->got++;
    sim_frame_free(f);
}

static tarn_ns probe_deadline(const struct sim_node *n)
{
    const struct probe *p = (const struct probe *)n;

    return p->sent == p->n ? TARN_NEVER : p->sent * p->gap;
}

static struct sim_frame *probe_output(struct sim_node *n, unsigned end, tarn_ns now)
{
    struct probe *p = (struct probe *)n;
    struct sim_frame *f;

    if (end != 0 || probe_deadline(n) > now)
        return NULL;
    f = sim_frame_new(125);
    memset(f->bytes, 0, f->len);
    memcpy(f->bytes, &p->sent, 4);
    p->sent++;
    return f;
}

static void probe_tick(struct sim_node *n, tarn_ns now)
{
    (void)n;
    (void)now;
}

static void probe_free(struct sim_node *n)
{
    (void)n;
}

static const struct sim_node_ops probe_ops = {"probe",        probe_input, probe_output,
                                              probe_deadline, probe_tick,  probe_free};

static struct sim_wire *wire(struct sim_world *w, const char *impairment)
{
    char error[200] = "";
    struct sim_wire *made = sim_wire_new(w, "wire", impairment, error, sizeof error);

    if (made == NULL)
        test_fail(__FILE__, __LINE__, "%s", error);
    return made;
}

static struct probe left, right;

/* left - wire - right */
static void line_up(struct sim_world *w, const char *impairment, unsigned n, tarn_ns gap)
{
    struct sim_wire *between;

    left = (struct probe){.n = n, .gap = gap};
    right = (struct probe){.n = 0};
    sim_world_init(w, 1);
    sim_world_add(w, &left.node, &probe_ops, "left");
    sim_world_add(w, &right.node, &probe_ops, "right");
    between = wire(w, impairment);
    sim_join(&left.node, 0, sim_wire_node(between), 0);
    sim_join(&right.node, 0, sim_wire_node(between), 1);
}

TEST(world, nothing_to_do_sets_the_clock)
{
    struct sim_world w;

    sim_world_init(&w, 1);
    CHECK(sim_next(&w) == TARN_NEVER);
    CHECK(sim_run(&w, 1000));
    CHECK_EQ(w.now, 1000);
    CHECK(sim_run(&w, TARN_NEVER));
    CHECK_EQ(w.now, 1000);
    sim_world_fini(&w);
}

TEST(world, frames_arrive_after_the_delay_in_order)
{
    struct sim_world w;

    line_up(&w, "delay=20ms", 100, 1000);
    CHECK(sim_run(&w, TARN_NEVER));
    CHECK_EQ(right.got, 100);
    for (unsigned i = 0; i < 100; i++) {
        CHECK_EQ(right.in[i].number, i);
        CHECK_EQ(right.in[i].when, 20000000 + i * 1000);
    }
    CHECK_EQ(w.now, 20000000 + 99 * 1000);
    sim_world_fini(&w);
}

TEST(world, run_stops_at_the_time_given)
{
    struct sim_world w;

    line_up(&w, "delay=20ms", 100, 1000);
    CHECK(sim_run(&w, 20050500));
    CHECK_EQ(right.got, 51);
    CHECK_EQ(w.now, 20050500);
    CHECK_EQ(sim_next(&w), 20051000);
    sim_world_fini(&w);
}

/* 125 bytes at 1 Mbit/s are 1 ms, one way only. */
TEST(world, directions_have_laws_of_their_own)
{
    struct sim_world w;

    line_up(&w, "tx:rate=1Mbit", 10, 0);
    right.n = 10;
    CHECK(sim_run(&w, TARN_NEVER));
    CHECK_EQ(left.got, 10);
    CHECK_EQ(left.in[9].when, 0);
    CHECK_EQ(right.got, 10);
    CHECK_EQ(right.in[9].when, 10000000);
    sim_world_fini(&w);
}

TEST(world, wire_counts_what_it_does)
{
    struct sim_world w;
    const struct sim_wire_count *c;

    line_up(&w, "loss=20%,duplicate=10%,corrupt=5%", 4000, 1000);
    c = sim_wire_count((struct sim_wire *)w.nodes[2], 0);
    CHECK(sim_run(&w, TARN_NEVER));
    CHECK_EQ(c->offered, 4000);
    CHECK_EQ(c->bytes, 4000 * 125);
    CHECK(c->lost > 700 && c->lost < 900);
    CHECK(c->corrupted > 100 && c->corrupted < 220);
    CHECK_EQ(right.got, 4000 - c->lost + c->duplicated);
    sim_world_fini(&w);
}

static uint64_t digest_of(const char *impairment)
{
    struct sim_world w;
    uint64_t sum;

    line_up(&w, impairment, 1000, 1000);
    CHECK(sim_run(&w, TARN_NEVER));
    sum = w.digest.sum;
    sim_world_fini(&w);
    return sum;
}

/* The digest is the same number on every machine: byte order and word size do not show. */
TEST(world, digest_tells_runs_apart_and_is_the_same_everywhere)
{
    struct sim_digest d = {0};

    CHECK(digest_of("loss=5%,delay=1ms,jitter=1ms") == digest_of("loss=5%,delay=1ms,jitter=1ms"));
    CHECK(digest_of("loss=5%") != digest_of("loss=6%"));
    sim_digest_u64(&d, 12345);
    sim_digest_bytes(&d, "a tarn is a lake", 16);
    sim_digest_bytes(&d, "small", 5);
    CHECK(d.sum == UINT64_C(10514557444044319900));
}

/* A node that always wants to be called is found out. */
static tarn_ns always(const struct sim_node *n)
{
    (void)n;
    return 0;
}

TEST(world, standstill_is_noticed)
{
    static const struct sim_node_ops stuck = {"stuck", probe_input, probe_output,
                                              always,  probe_tick,  probe_free};
    struct sim_world w;
    struct probe p = {.n = 0};

    sim_world_init(&w, 1);
    sim_world_add(&w, &p.node, &stuck, "stuck");
    CHECK(!sim_run(&w, 1000));
    sim_world_fini(&w);
}
