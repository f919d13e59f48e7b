/* base/wheel.h - timers: arm, disarm, when is the next one due, which are due now.
 *
 * Theory of operation. Time is counted in ticks of 1024 ns; a timer is due at the first tick that
 * is not before its time, never earlier. A wheel has 9 levels of 64 slots, which cover all 54 bits
 * that a tick number can have. A timer whose tick differs from the wheel's present tick first in
 * the k-th group of 6 bits (from below) is in level k, in the slot which that group names: level 0
 * is the current 64 ticks, one slot per tick; level 1 the current 4096 ticks, and so on. When time
 * enters a slot of a higher level, its timers move down. So a timer is moved at most 8 times in its
 * life, and a bitmap per level finds the next slot in use: no cost depends on how many timers are
 * armed. Slots are lists in order of arming and are emptied in that order, so timers of one tick
 * expire in the order in which they were armed (Varghese and Lauck, SOSP 1987, scheme 7).
 *
 * Wheel and timers hold refs and times only: an arena may be moved while timers are armed.
 *
 * Invariants: every armed timer's tick >= wheel's tick; level and slot follow from the two ticks;
 * a level's bitmap has a bit for each slot that is not empty; wheel_deadline() <= the earliest
 * timer's time, rounded up. */
#ifndef TARN_BASE_WHEEL_H
#define TARN_BASE_WHEEL_H

#include "base/ref.h"

#include <stdbool.h>

#define TIMER_NEVER UINT64_MAX /* equals TARN_NEVER */

enum {
    TIMER_TICK_BITS = 10,
    TIMER_TICK_NS = 1 << TIMER_TICK_BITS,
    WHEEL_SLOT_BITS = 6,
    WHEEL_SLOTS = 1 << WHEEL_SLOT_BITS,
    WHEEL_LEVELS = 9
};

/* Embedded in the object; all zeroes = not armed. 16-byte aligned, as refs name it. `kind` is the
 * caller's: it tells what the timer is embedded in. */
struct timer {
    _Alignas(16) uint32_t next;
    uint32_t prev;
    uint64_t tick : 54, kind : 8, armed : 1;
};

struct wheel_slot {
    uint32_t first, last;
};

struct wheel {
    uint64_t tick; /* present: no timer before it is armed */
    uint64_t used[WHEEL_LEVELS];
    struct wheel_slot slot[WHEEL_LEVELS][WHEEL_SLOTS];
    uint32_t n_armed;
};

/* A time as timers keep it: rounded up to the tick, TIMER_NEVER if that is beyond the last. */
static inline uint64_t timer_round(uint64_t at_ns)
{
    uint64_t up = (at_ns + (TIMER_TICK_NS - 1)) & ~(uint64_t)(TIMER_TICK_NS - 1);

    return up < at_ns ? TIMER_NEVER : up;
}

static inline void timer_init(struct timer *t, uint8_t kind)
{
    *t = (struct timer){.kind = kind};
}

static inline bool timer_is_armed(const struct timer *t)
{
    return t->armed;
}

/* When the timer is due, rounded up; TIMER_NEVER when it is not armed. */
static inline uint64_t timer_at(const struct timer *t)
{
    return t->armed ? (uint64_t)t->tick << TIMER_TICK_BITS : TIMER_NEVER;
}

void wheel_init(struct wheel *w, uint64_t now_ns);

/* (Re-)arm a timer; a time that has passed is due at the next wheel_advance(). TIMER_NEVER disarms.
 * Arming for the tick for which it is armed already keeps its place in the order. */
void wheel_arm(void *base, struct wheel *w, struct timer *t, uint64_t at_ns);

/* No effect on a timer that is not armed. */
void wheel_disarm(void *base, struct wheel *w, struct timer *t);

/* When wheel_advance() must be called next: exact for timers of the current 64 ticks, earlier than
 * the first timer otherwise, never later. TIMER_NEVER when none is armed. */
uint64_t wheel_deadline(const struct wheel *w);

/* The next timer that is due at `now_ns`, disarmed, in order of (time, arming); NULL when there is
 * none, and the wheel then stands at now. Between two calls timers may be armed and disarmed
 * freely. A `now_ns` before the wheel's time is as the wheel's time. */
struct timer *wheel_advance(void *base, struct wheel *w, uint64_t now_ns);

#endif
