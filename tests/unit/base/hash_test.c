/* Tests of base/hash.h: what is inserted is found, at any size, after removals and after a move. */
#include "base/hash.h"
#include "base/rng.h"
#include "tests/unit/base/memory.h"

struct item {
    uint32_t key;
    bool in, seen;
    struct hash_node node;
};

enum { N = 5000 };

static struct memory memory;
static struct hash table;
static struct pool items;

static struct arena *start(void)
{
    struct arena *a = memory_arena(&memory);

    hash_init(&table, offsetof(struct item, node));
    pool_init(&items, sizeof(struct item), 0, 2 * N);
    return a;
}

static uint32_t mix(uint32_t key)
{
    return key * UINT32_C(2654435761);
}

static struct item *add(struct arena *a, uint32_t key, uint32_t hash)
{
    struct item *it = pool_get_zeroed(a, a, &items);

    CHECK(it != NULL);
    it->key = key;
    hash_insert(a, a, &table, it, hash);
    return it;
}

static struct item *find(const void *base, uint32_t key, uint32_t hash)
{
    hash_each_match (base, &table, hash, struct item, it)
        if (it->key == key)
            return it;
    return NULL;
}

TEST(hash, finds_all_and_nothing_else)
{
    struct arena *a = start();

    for (uint32_t key = 0; key < N; key++)
        CHECK(!find(a, key, mix(key)) && add(a, key, mix(key)) == find(a, key, mix(key)));
    for (uint32_t key = 0; key < N; key++)
        CHECK_EQ(find(a, key, mix(key))->key, key);
    CHECK(find(a, N, mix(N)) == NULL);
    CHECK_EQ(table.n, N);
    CHECK_EQ(table.n_buckets, N);
}

TEST(hash, removal_takes_one_and_leaves_the_rest)
{
    struct arena *a = start();

    for (uint32_t key = 0; key < N; key++)
        add(a, key, mix(key));
    for (uint32_t key = 0; key < N; key += 3) {
        struct item *it = find(a, key, mix(key));

        hash_remove(a, &table, it);
        CHECK(!hash_has(&table, it));
    }
    for (uint32_t key = 0; key < N; key++)
        CHECK_EQ(find(a, key, mix(key)) != NULL, key % 3 != 0);
}

TEST(hash, equal_hashes_are_told_apart_newest_first)
{
    struct arena *a = start();

    for (uint32_t key = 0; key < 50; key++)
        add(a, key, 7);
    CHECK_EQ(((struct item *)hash_find(a, &table, 7))->key, 49);
    for (uint32_t key = 0; key < 50; key += 2)
        hash_remove(a, &table, find(a, key, 7));
    for (uint32_t key = 0; key < 50; key++)
        CHECK_EQ(find(a, key, 7) != NULL, key % 2 == 1);
    CHECK(hash_find(a, &table, 7 + 8) == NULL);
}

/* With as many buckets as objects, the longest of 5000 chains is 7 on average; 12 is a fault. */
TEST(hash, chains_stay_short)
{
    static const uint8_t seed[32] = {4};
    struct arena *a = start();
    unsigned chain[N] = {0};
    struct rng r;

    rng_init(&r, seed, 0);
    for (uint32_t key = 0; key < N; key++)
        add(a, key, rng_u32(&r));
    hash_each (a, &table, struct item, it)
        CHECK(++chain[hash_bucket(&table, it)] < 12);
}

TEST(hash, one_insertion_makes_at_most_one_bucket)
{
    struct arena *a = start();

    for (uint32_t key = 0; key < N; key++) {
        uint32_t before = table.n_buckets;

        add(a, key, mix(key));
        CHECK(table.n_buckets - before <= 1);
    }
}

TEST(hash, walk_meets_each_once_and_may_remove)
{
    struct arena *a = start();
    uint32_t n = 0;

    for (uint32_t key = 0; key < 1000; key++)
        add(a, key, mix(key));
    hash_each (a, &table, struct item, it) {
        CHECK(!it->seen);
        it->seen = true;
        n++;
    }
    CHECK_EQ(n, 1000);
    hash_each_safe (a, &table, struct item, it)
        if (it->key != 500)
            hash_remove(a, &table, it);
    CHECK_EQ(table.n, 1);
    CHECK_EQ(((struct item *)hash_first(a, &table, 0))->key, 500);
    CHECK(hash_first(a, &table, hash_bucket(&table, hash_first(a, &table, 0)) + 1) == NULL);
}

TEST(hash, goes_on_when_the_arena_is_full)
{
    struct arena *a = start();

    while (arena_take(a, a, 32768) != NULL)
        ;
    for (uint32_t key = 0; key < 600; key++)
        add(a, key, mix(key));
    while (arena_take(a, a, 16) != NULL)
        ;
    for (uint32_t key = 600; key < 610; key++) {
        struct item *it = pool_get_zeroed(a, a, &items);

        if (it == NULL)
            break;
        it->key = key;
        hash_insert(a, a, &table, it, mix(key));
        CHECK(find(a, key, mix(key)) == it);
    }
    for (uint32_t key = 0; key < 600; key++)
        CHECK(find(a, key, mix(key)) != NULL);
}

/* Random insertions and removals beside a list of what must be there; the order of a walk is the
 * same at another address. */
TEST(hash, random_history_and_a_move)
{
    static struct memory moved;
    static struct item *have[N];
    static const uint8_t seed[32] = {1};
    struct arena *a = start(), *b = (struct arena *)(void *)moved.bytes;
    struct item *there, *here;
    struct rng r;

    rng_init(&r, seed, 0);
    memset(have, 0, sizeof have);
    for (unsigned step = 0; step < 20000; step++) {
        uint32_t key = rng_below(&r, N), hash = mix(key) >> 20; /* many collide */

        CHECK(find(a, key, hash) == have[key]);
        if (have[key] != NULL) {
            hash_remove(a, &table, have[key]);
            pool_put(a, &items, have[key]);
            have[key] = NULL;
        } else {
            have[key] = add(a, key, hash);
        }
    }
    memcpy(moved.bytes, memory.bytes, sizeof moved.bytes);
    there = hash_first(b, &table, 0);
    hash_each (a, &table, struct item, it) {
        CHECK(there != it);
        CHECK_EQ(there->key, it->key);
        there = hash_next(b, &table, there);
    }
    CHECK(there == NULL);
    here = hash_first(b, &table, 0);
    hash_remove(b, &table, here);
    CHECK(find(b, here->key, here->node.hash) == NULL);
}
