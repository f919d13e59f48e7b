/* tests/fuzz/wheel_fuzz.c - the input is a history of arming, disarming and passing time; the wheel
 * is held to the plain definition of what is due, in which order. */
#include "base/arena.h"
#include "base/bytes.h"
#include "base/wheel.h"
#include "tests/fuzz/check.h"

enum { N = 12, MEMORY_BYTES = 16384, FRONT_BYTES = 64 };

struct item {
    struct timer timer;
    uint64_t at, arming; /* TIMER_NEVER = not armed; the how-manieth arming */
};

struct history {
    uint8_t *memory;
    struct wheel *wheel;
    struct item *item[N];
    uint64_t now, n_armings;
};

static void start(struct history *h)
{
    struct arena *a;

    h->memory = aligned_alloc(ARENA_ALIGN, MEMORY_BYTES);
    REQUIRE(h->memory != NULL);
    a = (struct arena *)(void *)h->memory;
    REQUIRE(arena_init(a, h->memory, FRONT_BYTES, MEMORY_BYTES));
    h->wheel = arena_take(h->memory, a, sizeof *h->wheel);
    wheel_init(h->wheel, 0);
    for (unsigned i = 0; i < N; i++) {
        h->item[i] = arena_take(h->memory, a, sizeof *h->item[i]);
        *h->item[i] = (struct item){.at = TIMER_NEVER};
        timer_init(&h->item[i]->timer, (uint8_t)i);
    }
    h->now = h->n_armings = 0;
}

static void arm(struct history *h, struct item *it, uint64_t at)
{
    uint64_t present = h->wheel->tick << TIMER_TICK_BITS, round = timer_round(at);

    if (round < present)
        round = present;
    wheel_arm(h->memory, h->wheel, &it->timer, at);
    if (round != it->at)
        it->arming = ++h->n_armings;
    it->at = round;
    REQUIRE(timer_at(&it->timer) == round);
}

static struct item *expected(const struct history *h)
{
    struct item *first = NULL;

    for (unsigned i = 0; i < N; i++) {
        struct item *it = h->item[i];

        if (it->at == TIMER_NEVER || it->at > h->now)
            continue;
        if (first == NULL || it->at < first->at ||
            (it->at == first->at && it->arming < first->arming))
            first = it;
    }
    return first;
}

static void pass(struct history *h, uint64_t now)
{
    struct item *want;

    h->now = now > h->now ? now : h->now;
    do {
        struct timer *t = wheel_advance(h->memory, h->wheel, h->now);

        want = expected(h);
        REQUIRE(t == (want != NULL ? &want->timer : NULL));
        if (want != NULL)
            want->at = TIMER_NEVER;
    } while (want != NULL);
}

static void check_deadline(const struct history *h)
{
    uint64_t earliest = TIMER_NEVER, deadline = wheel_deadline(h->wheel);

    for (unsigned i = 0; i < N; i++)
        earliest = h->item[i]->at < earliest ? h->item[i]->at : earliest;
    REQUIRE(deadline <= earliest && (deadline == TIMER_NEVER) == (earliest == TIMER_NEVER));
}

/* A step: which timer or 15 for time, how far to shift, a number. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct cursor c = cur_init(data, n);
    struct history h;

    start(&h);
    while (cur_left(&c) >= 4) {
        unsigned who = cur_u8(&c) % 16, shift = cur_u8(&c) % 52;
        uint64_t delay = (uint64_t)cur_u16(&c) << shift >> 4;
        uint64_t at = h.now + delay < h.now ? TIMER_NEVER : h.now + delay;

        if (who < N)
            arm(&h, h.item[who], at);
        else if (who < 15)
            arm(&h, h.item[who - 12], TIMER_NEVER);
        else
            pass(&h, at);
        check_deadline(&h);
    }
    free(h.memory);
    return 0;
}
