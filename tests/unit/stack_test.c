/* tests/unit/stack_test.c - the stack is a value and its clockwork is exact: one busy conversation
 * over a bad line gives the same frames at the same times however the stack is held. */
#include "base/rng.h"
#include "base/siphash.h"
#include "tests/unit/rig.h"

enum { IN_FLIGHT = 4096, TO_SEND = 300000, DELAY_MS = 10 };

enum hold {
    HOLD_STILL,
    HOLD_MOVED,     /* the arenas move after every call */
    HOLD_IMPATIENT, /* ticks come at random times too */
};

struct in_flight {
    tarn_ns at;
    uint32_t n;
    uint8_t to;
    uint8_t bytes[1600];
};

static struct in_flight air[IN_FLIGHT];

struct world {
    struct rig r[2];
    enum hold hold;
    struct rng loss, extra;
    struct sip_key key;
    uint64_t digest;
    unsigned n_air;
    tarn_sock client, server, conn;
    bool accepted;
    size_t sent, received;
    unsigned moves;
};

/* Take the arena somewhere else and leave nothing readable behind. */
static void hold(struct world *w)
{
    for (unsigned i = 0; i < 2 && w->hold == HOLD_MOVED; i++) {
        static void *spare[2];
        size_t used = tarn_arena_used(w->r[i].st);
        void *from = w->r[i].mem;

        if (spare[i] == NULL)
            spare[i] = aligned_alloc(64, RIG_ARENA);
        CHECK(spare[i] != NULL);
        memcpy(spare[i], from, used);
        memset(from, 0xdd, used);
        w->r[i].mem = w->r[i].st = spare[i];
        spare[i] = from;
        w->moves++;
    }
}

static void note(struct world *w, const void *p, size_t n)
{
    w->digest = siphash24(&w->key, p, n) ^ (w->digest * 3 + w->r[0].now);
}

/* Everything that stack i has to send goes into the air, or is lost; how many frames. */
static unsigned drain(struct world *w, unsigned i)
{
    static uint8_t frame[RIG_FRAME];
    unsigned frames = 0;
    size_t n;

    while ((n = rig_output(&w->r[i], frame)) > 0) {
        struct in_flight *f = &air[w->n_air];

        hold(w);
        frames++;
        note(w, frame, n);
        if (rng_below(&w->loss, 100) < 3)
            continue;
        CHECK(n <= sizeof f->bytes);
        CHECK(++w->n_air < IN_FLIGHT);
        memcpy(f->bytes, frame, n);
        f->n = (uint32_t)n;
        f->at = w->r[i].now + DELAY_MS * RIG_MS;
        f->to = (uint8_t)!i;
    }
    return frames;
}

static void deliver(struct world *w)
{
    unsigned kept = 0;

    for (unsigned k = 0; k < w->n_air; k++) {
        if (air[k].at <= w->r[0].now) {
            rig_input(&w->r[air[k].to], air[k].bytes, air[k].n);
            hold(w);
        } else {
            air[kept++] = air[k];
        }
    }
    w->n_air = kept;
}

/* The client sends, the server eats; how many bytes. */
static size_t act(struct world *w)
{
    static uint8_t buf[20000];
    size_t before = w->sent + w->received;
    struct tarn_event ev;
    long n;

    for (unsigned i = 0; i < 2; i++)
        while (tarn_event(w->r[i].st, &ev))
            note(w, &ev.ready, sizeof ev.ready);
    if (!w->accepted)
        w->accepted = tarn_accept(w->r[1].st, w->server, &w->conn, NULL) == 0;
    while (w->sent < TO_SEND) {
        size_t want = TO_SEND - w->sent < sizeof buf ? TO_SEND - w->sent : sizeof buf;

        n = tarn_send(w->r[0].st, w->client, buf, want, w->r[0].now);
        hold(w);
        if (n <= 0)
            break;
        w->sent += (size_t)n;
    }
    while (w->accepted && (n = tarn_recv(w->r[1].st, w->conn, buf, 3000, w->r[1].now)) > 0) {
        hold(w);
        w->received += (size_t)n;
    }
    return w->sent + w->received - before;
}

/* The next moment at which something is due; an impatient holder may come before. */
static tarn_ns next_time(struct world *w)
{
    tarn_ns now = w->r[0].now, at = TARN_NEVER;

    for (unsigned i = 0; i < 2; i++) {
        tarn_ns due = tarn_deadline(w->r[i].st);

        at = due < at ? due : at;
    }
    for (unsigned k = 0; k < w->n_air; k++)
        at = air[k].at < at ? air[k].at : at;
    if (at <= now)
        return now;
    if (w->hold == HOLD_IMPATIENT && rng_below(&w->extra, 4) != 0)
        return now + 1 + rng_below(&w->extra, (uint32_t)(at - now < RIG_S ? at - now : RIG_S));
    return at;
}

static void begin(struct world *w, enum hold how)
{
    uint8_t seed[32] = {9};
    struct tarn_addr addr = {.port = 80};

    *w = (struct world){.hold = how};
    rng_init(&w->loss, seed, 1);
    rng_init(&w->extra, seed, 2);
    rig_open(&w->r[0], 1);
    rig_open(&w->r[1], 2);
    CHECK_EQ(tarn_open(w->r[1].st, TARN_INET, TARN_STREAM, 0, 2, &w->server), 0);
    addr.ip = tarn_ip4(0);
    CHECK_EQ(tarn_bind(w->r[1].st, w->server, &addr), 0);
    CHECK_EQ(tarn_listen(w->r[1].st, w->server, 5), 0);
    CHECK_EQ(tarn_open(w->r[0].st, TARN_INET, TARN_STREAM, 0, 1, &w->client), 0);
    addr.ip = tarn_ip4(w->r[1].ip);
    CHECK_EQ(tarn_connect(w->r[0].st, w->client, &addr, w->r[0].now), -TARN_EINPROGRESS);
    hold(w);
}

static uint64_t run(enum hold how)
{
    static struct world w;
    unsigned turns = 0;

    begin(&w, how);
    while (w.received < TO_SEND) {
        CHECK(turns++ < 200000);
        while (act(&w) + drain(&w, 0) + drain(&w, 1) > 0)
            ;
        w.r[0].now = w.r[1].now = next_time(&w);
        deliver(&w);
        for (unsigned i = 0; i < 2; i++)
            tarn_tick(w.r[i].st, w.r[i].now);
        hold(&w);
    }
    CHECK(how != HOLD_MOVED || w.moves > 1000);
    rig_close(&w.r[0]);
    rig_close(&w.r[1]);
    return w.digest;
}

TEST(stack, moved_after_every_call_it_goes_on_the_same)
{
    CHECK_EQ(run(HOLD_MOVED), run(HOLD_STILL));
}

TEST(stack, deadlines_are_never_late_and_early_ticks_change_nothing)
{
    CHECK_EQ(run(HOLD_IMPATIENT), run(HOLD_STILL));
}
