/* Tests of base/wheel.h against the plain definition: what is due, in which order, and when. */
#include "base/rng.h"
#include "base/wheel.h"
#include "tests/unit/base/memory.h"

enum { N = 400 };

struct item {
    struct timer timer;
    uint64_t at;    /* rounded up; TIMER_NEVER = not armed */
    uint64_t armed; /* the how-manieth arming it was */
};

static struct memory memory;
static struct wheel *wheel;
static struct item *item[N];
static uint64_t n_armings;

static void start(uint64_t now)
{
    struct arena *a = memory_arena(&memory);

    wheel = arena_take(a, a, sizeof *wheel);
    wheel_init(wheel, now);
    for (unsigned i = 0; i < N; i++) {
        item[i] = arena_take(a, a, sizeof *item[i]);
        *item[i] = (struct item){.at = TIMER_NEVER};
        timer_init(&item[i]->timer, (uint8_t)i);
    }
}

static void arm(unsigned i, uint64_t at)
{
    wheel_arm(memory.bytes, wheel, &item[i]->timer, at);
}

/* The name of the next timer due, or -1. */
static int due(uint64_t now)
{
    struct timer *t = wheel_advance(memory.bytes, wheel, now);

    return t != NULL ? t->kind : -1;
}

TEST(wheel, size_is_sixteen_bytes)
{
    CHECK_EQ(sizeof(struct timer), 16);
    CHECK_EQ(_Alignof(struct timer), 16);
}

TEST(wheel, rounds_up_never_down)
{
    CHECK_EQ(timer_round(0), 0);
    CHECK_EQ(timer_round(1), 1024);
    CHECK_EQ(timer_round(1024), 1024);
    CHECK_EQ(timer_round(1025), 2048);
    CHECK(timer_round(UINT64_MAX) == TIMER_NEVER);
    CHECK(timer_round(UINT64_MAX - 1022) == TIMER_NEVER);
    CHECK(timer_round(UINT64_MAX - 1023) == UINT64_MAX - 1023);
}

TEST(wheel, is_not_due_before_its_time)
{
    start(0);
    CHECK(wheel_deadline(wheel) == TIMER_NEVER);
    arm(1, 5000);
    CHECK_EQ(timer_at(&item[1]->timer), 5120);
    CHECK_EQ(wheel_deadline(wheel), 5120);
    CHECK_EQ(due(5119), -1);
    CHECK(timer_is_armed(&item[1]->timer));
    CHECK_EQ(due(5120), 1);
    CHECK(!timer_is_armed(&item[1]->timer));
    CHECK(timer_at(&item[1]->timer) == TIMER_NEVER);
    CHECK_EQ(due(UINT64_MAX), -1);
}

TEST(wheel, order_is_time_then_arming)
{
    start(0);
    arm(1, 3000000);
    arm(2, 1000000);
    arm(3, 3000000);
    arm(4, 3000000);
    arm(2, 3000000); /* later than 3 and 4 now */
    arm(3, 3000000); /* for the same time: keeps its place */
    CHECK_EQ(due(UINT64_MAX), 1);
    CHECK_EQ(due(UINT64_MAX), 3);
    CHECK_EQ(due(UINT64_MAX), 4);
    CHECK_EQ(due(UINT64_MAX), 2);
    CHECK_EQ(due(UINT64_MAX), -1);
}

TEST(wheel, order_holds_when_armed_across_levels)
{
    start(0);
    arm(1, 1024 * 70);
    CHECK_EQ(due(1024 * 10), -1);
    arm(2, 1024 * 70);
    CHECK_EQ(due(1024 * 65), -1); /* the slot of both has moved down */
    arm(3, 1024 * 70);
    CHECK_EQ(due(1024 * 70), 1);
    CHECK_EQ(due(1024 * 70), 2);
    CHECK_EQ(due(1024 * 70), 3);
}

TEST(wheel, past_times_are_due_at_once)
{
    start(1024 * 1000);
    arm(1, 5);
    CHECK(wheel_deadline(wheel) <= 1024 * 1000);
    CHECK_EQ(due(1024 * 1000), 1);
}

TEST(wheel, an_expired_timer_may_be_armed_again_at_once)
{
    start(0);
    arm(1, 2048);
    arm(2, 4096);
    CHECK_EQ(due(9000), 1);
    arm(1, 3000);
    CHECK_EQ(due(9000), 1);
    CHECK_EQ(due(9000), 2);
    CHECK_EQ(due(9000), -1);
}

TEST(wheel, never_and_disarm_take_it_off)
{
    start(0);
    arm(1, 2048);
    arm(2, 2048);
    arm(1, TIMER_NEVER);
    wheel_disarm(memory.bytes, wheel, &item[2]->timer);
    wheel_disarm(memory.bytes, wheel, &item[2]->timer);
    CHECK(wheel_deadline(wheel) == TIMER_NEVER);
    CHECK_EQ(due(UINT64_MAX), -1);
    CHECK_EQ(wheel->n_armed, 0);
}

TEST(wheel, reaches_the_end_of_time)
{
    start(0);
    arm(1, UINT64_MAX - 1023);
    arm(2, UINT64_MAX / 2);
    CHECK_EQ(due(UINT64_MAX / 2 + 1024), 2);
    CHECK_EQ(due(UINT64_MAX - 1024), -1);
    CHECK_EQ(due(UINT64_MAX - 1023), 1);
}

TEST(wheel, time_does_not_go_back)
{
    start(1024 * 500);
    arm(1, 1024 * 600);
    CHECK_EQ(due(0), -1);
    CHECK_EQ(due(1024 * 600), 1);
    CHECK_EQ(due(5), -1);
    CHECK_EQ(wheel->tick, 600);
}

/* The deadline of a distant timer may be early, but only once per level. */
TEST(wheel, early_wakings_are_few)
{
    unsigned wakings = 0;

    start(12345);
    arm(1, UINT64_C(200000000) + 12345);
    while (due(wheel_deadline(wheel)) == -1)
        wakings++;
    CHECK(wakings <= 8);
}

/* By definition: the armed item that is due first, NULL when none is due at now. */
static struct item *expected(uint64_t now)
{
    struct item *first = NULL;

    for (unsigned i = 0; i < N; i++) {
        struct item *it = item[i];

        if (it->at == TIMER_NEVER || it->at > now)
            continue;
        if (first == NULL || it->at < first->at ||
            (it->at == first->at && it->armed < first->armed))
            first = it;
    }
    return first;
}

static void check_deadline(void)
{
    uint64_t earliest = TIMER_NEVER, deadline = wheel_deadline(wheel);

    for (unsigned i = 0; i < N; i++)
        earliest = item[i]->at < earliest ? item[i]->at : earliest;
    CHECK(deadline <= earliest);
    CHECK_EQ(deadline == TIMER_NEVER, earliest == TIMER_NEVER);
}

/* A delay of any magnitude, so that every level is used. */
static uint64_t some_delay(struct rng *r)
{
    return rng_u64(r) >> (8 + rng_below(r, 56));
}

static void arm_some(struct rng *r, uint64_t now)
{
    unsigned i = rng_below(r, N);
    uint64_t at = now + some_delay(r), round = timer_round(at);

    if (round < wheel->tick << TIMER_TICK_BITS)
        round = wheel->tick << TIMER_TICK_BITS;
    if (rng_below(r, 5) == 0) {
        wheel_disarm(memory.bytes, wheel, &item[i]->timer);
        item[i]->at = TIMER_NEVER;
        return;
    }
    arm(i, at);
    if (item[i]->at != round)
        item[i]->armed = ++n_armings;
    item[i]->at = round;
}

static void advance_all(uint64_t now)
{
    for (;;) {
        struct timer *t = wheel_advance(memory.bytes, wheel, now);
        struct item *want = expected(now & ~UINT64_C(1023));

        CHECK(t == (want != NULL ? &want->timer : NULL));
        if (t == NULL)
            return;
        want->at = TIMER_NEVER;
    }
}

TEST(wheel, random_histories_follow_the_definition)
{
    static const uint8_t seed[32] = {7};
    struct rng r;

    rng_init(&r, seed, 3);
    for (unsigned history = 0; history < 20; history++) {
        uint64_t now = some_delay(&r);

        start(now);
        for (unsigned step = 0; step < 300; step++) {
            for (unsigned k = rng_below(&r, 5); k > 0; k--)
                arm_some(&r, now);
            check_deadline();
            now += some_delay(&r) >> rng_below(&r, 30);
            if (now > UINT64_MAX / 2)
                break;
            advance_all(now);
        }
    }
}

TEST(wheel, goes_on_after_a_move)
{
    static struct memory moved;
    struct wheel *w;

    start(0);
    for (unsigned i = 0; i < 100; i++)
        arm(i, (100 - i) * UINT64_C(1000000));
    w = ref_ptr(moved.bytes, ref_of(memory.bytes, wheel));
    memory_move(&moved, &memory);
    for (unsigned i = 100; i-- > 0;)
        CHECK_EQ(wheel_advance(moved.bytes, w, UINT64_MAX)->kind, i);
}
