/* tests/unit/base/memory.h - memory that begins at a multiple of 64, for tests of what lives in an
 * arena; and a second one to move it to. */
#ifndef TARN_TESTS_UNIT_BASE_MEMORY_H
#define TARN_TESTS_UNIT_BASE_MEMORY_H

#include "base/arena.h"
#include "tests/unit/test.h"

#include <string.h>

enum { MEMORY_BYTES = 1 << 20, MEMORY_FRONT = 64 };

/* The arena's own record lies at its base, as in a stack. */
struct memory {
    _Alignas(ARENA_ALIGN) uint8_t bytes[MEMORY_BYTES];
};

/* Starts an arena in m; its record is at the returned base. */
static inline struct arena *memory_arena(struct memory *m)
{
    struct arena *a = (struct arena *)(void *)m->bytes;

    CHECK(sizeof *a <= MEMORY_FRONT);
    CHECK(arena_init(a, m->bytes, MEMORY_FRONT, sizeof m->bytes));
    return a;
}

/* Copies the whole to another address and spoils the old one. */
static inline void memory_move(struct memory *to, struct memory *from)
{
    memcpy(to->bytes, from->bytes, sizeof to->bytes);
    memset(from->bytes, 0xee, sizeof from->bytes);
}

#endif
