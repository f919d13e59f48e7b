/* base/arena.h - memory given by the caller, handed out and never taken back; pools on top of it.
 *
 * An arena is regions of memory from which objects are cut in order. Starting one costs the same
 * whatever its size and touches no page that is not handed out. It lies inside the region it
 * manages, as does everything else of a stack, and holds refs: the whole may be moved. arena_take()
 * never gives memory back; what comes and goes lives in a pool.
 *
 * A pool hands out objects of one size. Objects that come back are handed out again, last first, so
 * that a steady load stays in the processor's cache. Fresh objects are cut from a slab, and slabs
 * from the arena, on demand: a limit costs nothing until it is used.
 *
 * Invariants: n_used <= n_limit; n_used + free objects + uncut objects of the slab = all objects
 * ever taken from the arena. */
#ifndef TARN_BASE_ARENA_H
#define TARN_BASE_ARENA_H

#include "base/ref.h"

#include <stdbool.h>

enum { ARENA_ALIGN = 64 };

struct arena {
    uint32_t regions;    /* those with room, latest given first; 0 = none */
    uint64_t size_bytes; /* all regions together */
    uint64_t used_bytes; /* handed out or lost to alignment */
};

/* Start with the region of `bytes` at `base` (64-byte aligned), of whose front `taken` bytes are in
 * use already: they hold the stack and this arena. False when it is unaligned, smaller than
 * `taken` or larger than refs reach (32 GiB). */
bool arena_init(struct arena *a, void *base, size_t taken, size_t bytes);

/* Add a region, which from now on is the arena's and must keep its distance to base when moved.
 * False, and nothing happens, when it is too small to hold anything (below 256 bytes) or beyond the
 * reach of refs. */
bool arena_give(void *base, struct arena *a, void *mem, size_t bytes);

/* `bytes` of memory, aligned to 16, or to 64 when it is 64 bytes or more, with undefined contents.
 * NULL when no region has room. */
void *arena_take(void *base, struct arena *a, size_t bytes);

struct pool {
    uint32_t free; /* those that came back, last first */
    uint32_t slab; /* fresh objects that were never used begin here */
    uint32_t slab_left;
    uint32_t slab_objects; /* how many to take from the arena at a time */
    uint32_t object_bytes; /* a multiple of 16 */
    uint32_t n_used, n_limit;
    uint32_t n_peak; /* the most that were ever used at once */
};

/* A pool of objects of `bytes` (rounded up to 16, or to 64 from 64 bytes on), of which at most
 * `limit` may be in use. Slabs are taken for `slab_objects` at a time, 0 = as many as fit 4 KiB. */
void pool_init(struct pool *p, size_t bytes, uint32_t slab_objects, uint32_t limit);

/* An object with undefined contents, or of zeroes; NULL at the limit or when the arena is empty. */
void *pool_get(void *base, struct arena *a, struct pool *p);
void *pool_get_zeroed(void *base, struct arena *a, struct pool *p);

/* Gives an object of this pool back. In debug builds its bytes are spoiled, and pool_get() asserts
 * that nobody wrote to it meanwhile. */
void pool_put(void *base, struct pool *p, void *obj);

#endif
