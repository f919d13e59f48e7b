/* tests/fuzz/hash_fuzz.c - the input is a history of insertions and removals; a table holds what an
 * array beside it says, found by hash and met once by a walk. */
#include "base/hash.h"
#include "tests/fuzz/check.h"

enum { N = 256, MEMORY_BYTES = 32768, FRONT_BYTES = 64 };

struct item {
    struct hash_node node;
    unsigned key;
};

static void require_all(const void *base, const struct hash *h, struct item *const have[N])
{
    unsigned n = 0;

    for (unsigned key = 0; key < N; key++)
        n += have[key] != NULL;
    hash_each (base, h, struct item, it) {
        REQUIRE(have[it->key] == it && n > 0);
        n--;
    }
    REQUIRE(n == 0);
}

/* Few different hashes when the first byte is small, so that chains are long. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *base = aligned_alloc(ARENA_ALIGN, MEMORY_BYTES);
    struct arena *a = (struct arena *)(void *)base;
    struct item *have[N] = {NULL};
    struct pool items;
    struct hash h;

    REQUIRE(base != NULL && arena_init(a, base, FRONT_BYTES, MEMORY_BYTES));
    pool_init(&items, sizeof(struct item), 0, N);
    hash_init(&h, offsetof(struct item, node));
    for (size_t i = 1; i < n; i++) {
        unsigned key = data[i];
        uint32_t value = key % (data[0] + 1u) * UINT32_C(2654435761);

        if (have[key] == NULL) {
            have[key] = pool_get_zeroed(base, a, &items);
            REQUIRE(have[key] != NULL);
            have[key]->key = key;
            hash_insert(base, a, &h, have[key], value);
        } else {
            hash_remove(base, &h, have[key]);
            pool_put(base, &items, have[key]);
            have[key] = NULL;
        }
        if (i % 64 == 0)
            require_all(base, &h, have);
    }
    require_all(base, &h, have);
    free(base);
    return 0;
}
