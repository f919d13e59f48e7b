/* Tests of base/arena.h: what is handed out, limits, regions given later, pools. */
#include "base/arena.h"
#include "tests/unit/base/memory.h"

static struct memory memory;

TEST(arena, objects_do_not_overlap_and_are_aligned)
{
    struct arena *a = memory_arena(&memory);
    uint8_t *before = memory.bytes + MEMORY_FRONT;

    for (size_t bytes = 1; bytes < 300; bytes += 7) {
        uint8_t *p = arena_take(a, a, bytes);

        CHECK(p != NULL);
        CHECK(p >= before);
        CHECK_EQ((uintptr_t)p % (bytes < 64 ? 16 : 64), 0);
        memset(p, 0xff, bytes);
        before = p + bytes;
    }
    CHECK(a->used_bytes <= a->size_bytes);
}

TEST(arena, is_used_to_the_last_byte)
{
    struct arena *a = memory_arena(&memory);
    uint64_t left = a->size_bytes - a->used_bytes;
    uint8_t *p = arena_take(a, a, 16);

    CHECK_EQ(a->size_bytes, MEMORY_BYTES);
    CHECK_EQ(left, MEMORY_BYTES - MEMORY_FRONT - 16);
    CHECK(p == memory.bytes + MEMORY_FRONT + 16);
    p = arena_take(a, a, (size_t)left - 48);
    CHECK(p == memory.bytes + 128);
    CHECK_EQ(a->used_bytes, a->size_bytes);
    CHECK(arena_take(a, a, 1) == NULL);
}

TEST(arena, start_touches_only_the_front)
{
    memset(memory.bytes, 0x77, sizeof memory.bytes);
    memory_arena(&memory);
    for (size_t i = 4096; i < sizeof memory.bytes; i++)
        CHECK_EQ(memory.bytes[i], 0x77);
}

TEST(arena, refuses_what_it_does_not_have)
{
    struct arena *a = memory_arena(&memory);

    CHECK(arena_take(a, a, sizeof memory.bytes) == NULL);
    CHECK(arena_take(a, a, SIZE_MAX) == NULL);
    CHECK(arena_take(a, a, SIZE_MAX - 63) == NULL);
    while (arena_take(a, a, 1000) != NULL)
        ;
    CHECK(arena_take(a, a, 1000) == NULL);
    CHECK(a->size_bytes - a->used_bytes < 1024 + 64);
    CHECK(arena_take(a, a, 16) != NULL);
}

TEST(arena, init_refuses_bad_memory)
{
    struct arena a;

    CHECK(!arena_init(&a, memory.bytes + 16, 64, 4096));
    CHECK(!arena_init(&a, memory.bytes, 64, 64));
    CHECK(!arena_init(&a, memory.bytes, 4096, 64));
    CHECK(!arena_init(&a, memory.bytes, 0, 4096));
    CHECK(!arena_init(&a, memory.bytes, SIZE_MAX, SIZE_MAX));
    if (sizeof(size_t) > 4)
        CHECK(!arena_init(&a, memory.bytes, 64, (size_t)(UINT64_C(33) << 30)));
}

TEST(arena, given_regions_are_used_on_either_side)
{
    static struct memory other[3];
    struct arena *a = memory_arena(&other[1]);
    unsigned n = 0;

    while (arena_take(a, a, 64) != NULL)
        ;
    CHECK(!arena_give(a, a, other[0].bytes, 255));
    CHECK(arena_give(a, a, other[0].bytes + 2048, 256));
    CHECK(arena_take(a, a, 240 - 48) == other[0].bytes + 2048 + 64);
    CHECK(arena_give(a, a, other[0].bytes + 3, 1000));
    CHECK(arena_give(a, a, other[2].bytes + 5, 1000));
    for (uint8_t *p; (p = arena_take(a, a, 64)) != NULL; n++) {
        CHECK(ref_ptr(a, ref_of(a, p)) == p);
        CHECK((p >= other[0].bytes + 3 && p + 64 <= other[0].bytes + 1003) ||
              (p >= other[2].bytes + 5 && p + 64 <= other[2].bytes + 1005));
    }
    CHECK(n >= 28 && n <= 30);
}

TEST(arena, refuses_regions_beyond_the_reach_of_refs)
{
    struct arena *a = memory_arena(&memory);
    struct arena before = *a;

    if (sizeof(size_t) > 4) {
        uintptr_t far = (uintptr_t)memory.bytes + (uintptr_t)(UINT64_C(1) << 35);
        void *beyond;

        memcpy(&beyond, &far, sizeof beyond);
        CHECK(!arena_give(a, a, beyond, 4096));
        CHECK_MEM(a, &before, sizeof before);
    }
}

TEST(ref, none_and_end_are_no_object)
{
    CHECK(ref_ptr(memory.bytes, 0) == NULL);
    CHECK(ref_ptr(memory.bytes, REF_END) == NULL);
    CHECK_EQ(ref_of(memory.bytes, NULL), 0);
    CHECK_EQ(ref_of(memory.bytes, memory.bytes + 32), 2);
    CHECK_EQ(ref_of(memory.bytes + 64, memory.bytes + 32), (uint32_t)-2);
    CHECK(ref_at(memory.bytes + 64, (uint32_t)-2) == memory.bytes + 32);
}

TEST(pool, last_put_is_first_got)
{
    struct arena *a = memory_arena(&memory);
    struct pool p;
    void *x, *y;

    pool_init(&p, 40, 4, 100);
    x = pool_get(a, a, &p);
    y = pool_get(a, a, &p);
    pool_put(a, &p, x);
    pool_put(a, &p, y);
    CHECK(pool_get(a, a, &p) == y);
    CHECK(pool_get(a, a, &p) == x);
    CHECK_EQ(p.n_used, 2);
    CHECK_EQ(p.n_peak, 2);
}

/* The first object takes as many from the arena as fit 4 KiB, the others nothing until they are
 * used. */
TEST(pool, slabs_are_taken_whole)
{
    struct arena *a = memory_arena(&memory);
    uint64_t before = a->used_bytes;
    struct pool p;
    uint8_t *x;

    pool_init(&p, 1000, 0, 100);
    x = pool_get(a, a, &p);
    CHECK_EQ(a->used_bytes - before, 4 * 1024 + 48);
    for (unsigned i = 1; i < 4; i++)
        CHECK(pool_get(a, a, &p) == x + i * 1024);
    CHECK_EQ(a->used_bytes - before, 4 * 1024 + 48);
    CHECK(pool_get(a, a, &p) == x + 4 * 1024);
    pool_init(&p, 100000, 0, 2);
    before = a->used_bytes;
    CHECK(pool_get(a, a, &p) != NULL);
    CHECK_EQ(a->used_bytes - before, 100032);
    pool_init(&p, 64, 0, 3);
    before = a->used_bytes;
    CHECK(pool_get(a, a, &p) != NULL);
    CHECK_EQ(a->used_bytes - before, 3 * 64);
}

TEST(pool, limit_is_exact_and_recovers)
{
    struct arena *a = memory_arena(&memory);
    struct pool p;
    void *v[10];

    pool_init(&p, 100, 3, 10);
    for (unsigned i = 0; i < 10; i++) {
        v[i] = pool_get(a, a, &p);
        CHECK(v[i] != NULL);
        memset(v[i], (int)i, 100);
    }
    for (unsigned i = 0; i < 10; i++)
        CHECK(((uint8_t *)v[i])[0] == i && ((uint8_t *)v[i])[99] == i);
    CHECK(pool_get(a, a, &p) == NULL);
    pool_put(a, &p, v[4]);
    CHECK(pool_get(a, a, &p) == v[4]);
    CHECK(pool_get(a, a, &p) == NULL);
}

TEST(pool, empty_arena_gives_single_objects_then_none)
{
    struct arena *a = memory_arena(&memory);
    struct pool p;
    unsigned n = 0;

    pool_init(&p, 1000, 300, 5000);
    while (pool_get(a, a, &p) != NULL)
        n++;
    CHECK_EQ(n, (MEMORY_BYTES - 128) / 1024);
    CHECK_EQ(p.n_used, n);
}

TEST(pool, zeroed_is_zero_after_reuse)
{
    struct arena *a = memory_arena(&memory);
    struct pool p;
    static const uint8_t zero[80];
    uint8_t *x;

    pool_init(&p, 80, 0, 5);
    x = pool_get(a, a, &p);
    memset(x, 0x55, 80);
    pool_put(a, &p, x);
    CHECK(pool_get_zeroed(a, a, &p) == x);
    CHECK_MEM(x, zero, 80);
}

TEST(pool, goes_on_after_a_move)
{
    static struct memory moved;
    struct arena *a = memory_arena(&memory), *b = (struct arena *)(void *)moved.bytes;
    struct pool *p = arena_take(a, a, sizeof *p), *q;
    uint32_t first;
    void *x;

    pool_init(p, 48, 2, 10);
    x = pool_get(a, a, p);
    first = ref_of(a, x);
    pool_put(a, p, x);
    q = ref_ptr(b, ref_of(a, p));
    memory_move(&moved, &memory);
    CHECK_EQ(ref_of(b, pool_get(b, b, q)), first);
    CHECK(pool_get(b, b, q) != NULL && pool_get(b, b, q) != NULL);
    CHECK_EQ(q->n_used, 3);
}
