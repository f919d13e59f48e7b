/* base/arena.c - regions of memory, and pools of objects cut from them.
 *
 * A region with room begins with its own record, at the front of what is still free, so that no
 * table of regions is needed; arena_take() cuts from the end of the record on and moves nothing. */
#include "base/arena.h"

#include "base/bits.h"

#include <string.h>

enum {
    REGION_MIN_BYTES = 256,    /* of a region given later */
    SLAB_BYTES = 4096,         /* taken at a time for small objects */
    LARGE_BYTES = ARENA_ALIGN, /* from here on objects are aligned to ARENA_ALIGN */
    SPOIL_BYTES = 256,         /* how much of a free object is spoiled and checked */
    SPOIL = 0xdb
};

struct region {
    uint32_t next; /* ref of a region given earlier */
    uint32_t free; /* ref of the first free unit */
    uint64_t left_bytes;
};

/* How many units from base a distance in bytes is; false when refs do not reach there. */
static bool units_of(intptr_t bytes, uint32_t *units)
{
    intptr_t n = bytes >> REF_SHIFT;

    *units = (uint32_t)n;
    return n > INT32_MIN && n < INT32_MAX;
}

/* Make [mem, mem + bytes) a region. */
static bool region_add(void *base, struct arena *a, uint8_t *mem, size_t bytes)
{
    uint32_t first, end;
    struct region *r;

    if (!units_of((intptr_t)((uintptr_t)mem - (uintptr_t)base), &first) ||
        !units_of((intptr_t)((uintptr_t)(mem + bytes) - (uintptr_t)base), &end))
        return false;
    r = (struct region *)(void *)mem;
    r->next = a->regions;
    r->free = first + sizeof *r / REF_UNIT;
    r->left_bytes = bytes - sizeof *r;
    a->regions = first;
    a->size_bytes += bytes;
    a->used_bytes += sizeof *r;
    return true;
}

bool arena_init(struct arena *a, void *base, size_t taken, size_t bytes)
{
    size_t front = align_up(taken, REF_UNIT);

    *a = (struct arena){0};
    if ((uintptr_t)base % ARENA_ALIGN != 0 || front < taken || bytes < front ||
        bytes - front < sizeof(struct region) || front == 0)
        return false;
    bytes -= bytes % REF_UNIT;
    if (!region_add(base, a, (uint8_t *)base + front, bytes - front))
        return false;
    a->size_bytes += front;
    a->used_bytes += front;
    return true;
}

bool arena_give(void *base, struct arena *a, void *mem, size_t bytes)
{
    size_t skip = (REF_UNIT - (uintptr_t)mem % REF_UNIT) % REF_UNIT;

    if (bytes < REGION_MIN_BYTES)
        return false;
    bytes = (bytes - skip) & ~(size_t)(REF_UNIT - 1);
    return region_add(base, a, (uint8_t *)mem + skip, bytes);
}

/* Bytes to skip from the region's first free byte for an object of this size. */
static size_t gap_before(const struct region *r, size_t bytes)
{
    size_t past = (size_t)(r->free % (ARENA_ALIGN / REF_UNIT)) * REF_UNIT;

    return bytes < LARGE_BYTES || past == 0 ? 0 : ARENA_ALIGN - past;
}

void *arena_take(void *base, struct arena *a, size_t bytes)
{
    uint32_t at = a->regions;

    while (at != 0) {
        struct region *r = ref_at(base, at);
        size_t gap = gap_before(r, bytes);

        if (bytes <= r->left_bytes && align_up(bytes, REF_UNIT) + gap <= r->left_bytes) {
            size_t cut = align_up(bytes, REF_UNIT) + gap;
            void *obj = ref_at(base, r->free + (uint32_t)(gap / REF_UNIT));

            r->free += (uint32_t)(cut / REF_UNIT);
            r->left_bytes -= cut;
            a->used_bytes += cut;
            return obj;
        }
        at = r->next;
    }
    return NULL;
}

void pool_init(struct pool *p, size_t bytes, uint32_t slab_objects, uint32_t limit)
{
    size_t size = align_up(max_size(bytes, REF_UNIT), bytes < LARGE_BYTES ? REF_UNIT : ARENA_ALIGN);

    tarn_assert(size <= INT32_MAX);
    if (slab_objects == 0)
        slab_objects = max_u32(1, SLAB_BYTES / (uint32_t)size);
    *p = (struct pool){
        .object_bytes = (uint32_t)size,
        .slab_objects = max_u32(1, min_u32(slab_objects, limit)),
        .n_limit = limit,
    };
}

/* A new slab; when the arena has no room for a whole one, a single object. */
static bool slab_take(void *base, struct arena *a, struct pool *p)
{
    uint64_t bytes = (uint64_t)p->object_bytes * p->slab_objects;
    void *slab = bytes <= SIZE_MAX ? arena_take(base, a, (size_t)bytes) : NULL;

    p->slab_left = slab != NULL ? p->slab_objects : 1;
    if (slab == NULL)
        slab = arena_take(base, a, p->object_bytes);
    if (slab == NULL)
        p->slab_left = 0;
    p->slab = ref_of(base, slab);
    return slab != NULL;
}

/* A freed object begins with the ref of the one freed before it; what follows is spoiled. */
static uint8_t *spoiled(void *obj)
{
    return (uint8_t *)obj + sizeof(uint32_t);
}

static size_t spoil_bytes(const struct pool *p)
{
    return min_size(p->object_bytes, SPOIL_BYTES) - sizeof(uint32_t);
}

static bool is_spoiled(const struct pool *p, void *obj)
{
    const uint8_t *at = spoiled(obj);

    for (size_t i = 0; i < spoil_bytes(p); i++)
        if (at[i] != SPOIL)
            return false;
    return true;
}

static void *reuse(void *base, struct pool *p)
{
    uint32_t *obj = ref_at(base, p->free);

    tarn_assert(is_spoiled(p, obj));
    p->free = *obj;
    return obj;
}

static void *cut(void *base, struct pool *p)
{
    void *obj = ref_at(base, p->slab);

    p->slab += p->object_bytes / REF_UNIT;
    p->slab_left--;
    return obj;
}

void *pool_get(void *base, struct arena *a, struct pool *p)
{
    void *obj;

    if (p->n_used >= p->n_limit)
        return NULL;
    if (p->free == 0 && p->slab_left == 0 && !slab_take(base, a, p))
        return NULL;
    obj = p->free != 0 ? reuse(base, p) : cut(base, p);
    p->n_used++;
    p->n_peak = max_u32(p->n_peak, p->n_used);
    return obj;
}

void *pool_get_zeroed(void *base, struct arena *a, struct pool *p)
{
    void *obj = pool_get(base, a, p);

    if (obj != NULL)
        memset(obj, 0, p->object_bytes);
    return obj;
}

void pool_put(void *base, struct pool *p, void *obj)
{
    uint32_t *freed = obj;

    tarn_assert(p->n_used > 0);
    *freed = p->free;
    p->free = ref_of(base, obj);
    p->n_used--;
    if (TARN_DEBUG)
        memset(spoiled(obj), SPOIL, spoil_bytes(p));
}
