/* base/wheel.c - a hierarchical timer wheel; theory and invariants stand in the header. */
#include "base/wheel.h"

#include "base/bits.h"

#include <string.h>

enum { SLOT_MASK = WHEEL_SLOTS - 1 };

/* A slot in use and the tick at which time enters it. */
struct place {
    unsigned level, slot;
    uint64_t tick;
};

/* Where a timer for `tick` belongs while the wheel stands where it does. */
static struct place place_of(const struct wheel *w, uint64_t tick)
{
    uint64_t differs = w->tick ^ tick;
    unsigned level = differs != 0 ? log2_u64(differs) / WHEEL_SLOT_BITS : 0;

    return (struct place){
        .level = level,
        .slot = (unsigned)(tick >> (level * WHEEL_SLOT_BITS)) & SLOT_MASK,
        .tick = tick,
    };
}

/* The first slot in use; false when there is none. Any timer of a level is due before every timer
 * of a higher one, for it shares more leading bits with the present. */
static bool first_place(const struct wheel *w, struct place *out)
{
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        unsigned shift = level * WHEEL_SLOT_BITS;

        if (w->used[level] != 0) {
            uint64_t block = w->tick >> shift >> WHEEL_SLOT_BITS << WHEEL_SLOT_BITS;

            out->level = level;
            out->slot = ctz64(w->used[level]);
            out->tick = (block | out->slot) << shift;
            return true;
        }
    }
    return false;
}

static void link_last(void *base, struct wheel *w, struct timer *t)
{
    struct place p = place_of(w, t->tick);
    struct wheel_slot *slot = &w->slot[p.level][p.slot];
    uint32_t self = ref_of(base, t);

    t->next = 0;
    t->prev = slot->last;
    if (slot->last != 0)
        ((struct timer *)ref_at(base, slot->last))->next = self;
    else
        slot->first = self;
    slot->last = self;
    w->used[p.level] |= UINT64_C(1) << p.slot;
}

static void unlink_from_slot(void *base, struct wheel *w, struct timer *t)
{
    struct place p = place_of(w, t->tick);
    struct wheel_slot *slot = &w->slot[p.level][p.slot];

    if (t->prev != 0)
        ((struct timer *)ref_at(base, t->prev))->next = t->next;
    else
        slot->first = t->next;
    if (t->next != 0)
        ((struct timer *)ref_at(base, t->next))->prev = t->prev;
    else
        slot->last = t->prev;
    if (slot->first == 0)
        w->used[p.level] &= ~(UINT64_C(1) << p.slot);
    t->next = t->prev = 0;
}

/* Time has entered a slot of a higher level: its timers, in order, go where they now belong. */
static void move_down(void *base, struct wheel *w, const struct place *p)
{
    struct wheel_slot *slot = &w->slot[p->level][p->slot];
    struct timer *t = ref_ptr(base, slot->first);

    *slot = (struct wheel_slot){0, 0};
    w->used[p->level] &= ~(UINT64_C(1) << p->slot);
    while (t != NULL) {
        struct timer *next = ref_ptr(base, t->next);

        link_last(base, w, t);
        t = next;
    }
}

void wheel_init(struct wheel *w, uint64_t now_ns)
{
    memset(w, 0, sizeof *w);
    w->tick = now_ns >> TIMER_TICK_BITS;
}

void wheel_arm(void *base, struct wheel *w, struct timer *t, uint64_t at_ns)
{
    uint64_t at = timer_round(at_ns);
    uint64_t tick = max_u64(at >> TIMER_TICK_BITS, w->tick);

    if (at == TIMER_NEVER) {
        wheel_disarm(base, w, t);
        return;
    }
    if (t->armed && t->tick == tick)
        return;
    wheel_disarm(base, w, t);
    t->tick = tick & ((UINT64_C(1) << 54) - 1);
    t->armed = 1;
    link_last(base, w, t);
    w->n_armed++;
}

void wheel_disarm(void *base, struct wheel *w, struct timer *t)
{
    if (!t->armed)
        return;
    unlink_from_slot(base, w, t);
    t->armed = 0;
    w->n_armed--;
}

uint64_t wheel_deadline(const struct wheel *w)
{
    struct place p;

    return first_place(w, &p) ? p.tick << TIMER_TICK_BITS : TIMER_NEVER;
}

struct timer *wheel_advance(void *base, struct wheel *w, uint64_t now_ns)
{
    uint64_t now = max_u64(now_ns >> TIMER_TICK_BITS, w->tick);
    struct place p;

    while (first_place(w, &p) && p.tick <= now) {
        w->tick = p.tick;
        if (p.level == 0) {
            struct timer *t = ref_at(base, w->slot[0][p.slot].first);

            wheel_disarm(base, w, t);
            return t;
        }
        move_down(base, w, &p);
    }
    w->tick = now;
    return NULL;
}
