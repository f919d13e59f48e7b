/* base/hash.c - linear hashing over objects in an arena. */
#include "base/hash.h"

#include "base/bits.h"

enum { FIRST_LOG2 = 3 }; /* of HASH_FIRST_BUCKETS */

static struct hash_node *node_of(const struct hash *h, void *obj)
{
    return (struct hash_node *)(void *)((char *)obj + h->node_offset);
}

static const struct hash_node *node_const(const struct hash *h, const void *obj)
{
    return (const struct hash_node *)(const void *)((const char *)obj + h->node_offset);
}

/* The bucket that a hash falls into: its low bits, one bit fewer where the split has not come to.
 */
static uint32_t bucket_of(const struct hash *h, uint32_t hash)
{
    uint32_t half = UINT32_C(1) << log2_u32(h->n_buckets);
    uint32_t bucket = hash & (half * 2 - 1);

    return bucket < h->n_buckets ? bucket : bucket & (half - 1);
}

/* Where a bucket's first ref is kept. */
static uint32_t *bucket_at(void *base, struct hash *h, uint32_t bucket)
{
    uint32_t *segment;
    unsigned k;

    if (bucket < HASH_FIRST_BUCKETS)
        return &h->first[bucket];
    k = log2_u32(bucket);
    segment = ref_at(base, h->segment[k - FIRST_LOG2]);
    return &segment[bucket - (UINT32_C(1) << k)];
}

/* A bucket's first ref, 0 when it is empty. */
static uint32_t bucket_first(const void *base, const struct hash *h, uint32_t bucket)
{
    const uint32_t *segment;
    unsigned k;

    if (bucket < HASH_FIRST_BUCKETS)
        return h->first[bucket];
    k = log2_u32(bucket);
    segment = ref_at(base, h->segment[k - FIRST_LOG2]);
    return segment[bucket - (UINT32_C(1) << k)];
}

void hash_init(struct hash *h, size_t node_offset)
{
    *h = (struct hash){.n_buckets = HASH_FIRST_BUCKETS, .node_offset = (uint32_t)node_offset};
}

/* Make bucket n_buckets exist; false when the arena has no room for its segment. */
static bool bucket_add(void *base, struct arena *a, struct hash *h)
{
    if (is_pow2(h->n_buckets)) {
        unsigned k = log2_u32(h->n_buckets) - FIRST_LOG2;
        void *segment = NULL;

        if (k < HASH_SEGMENTS)
            segment = arena_take(base, a, (size_t)h->n_buckets * sizeof(uint32_t));
        if (segment == NULL)
            return false;
        h->segment[k] = ref_of(base, segment);
    }
    h->n_buckets++;
    return true;
}

/* Divide the chain of one bucket between it and the new last bucket, keeping the order. */
static void split(void *base, struct hash *h)
{
    uint32_t fresh = h->n_buckets - 1;
    uint32_t old = fresh - (UINT32_C(1) << log2_u32(fresh));
    uint32_t *tail[2] = {bucket_at(base, h, old), bucket_at(base, h, fresh)};
    uint32_t at = *tail[0];

    *tail[0] = *tail[1] = 0;
    while ((at & ~REF_END) != 0) {
        struct hash_node *node = node_of(h, ref_at(base, at));
        unsigned side = bucket_of(h, node->hash) == fresh;

        *tail[side] = at;
        tail[side] = &node->next;
        at = node->next;
        node->next = REF_END;
    }
}

void hash_insert(void *base, struct arena *a, struct hash *h, void *obj, uint32_t hash)
{
    struct hash_node *node = node_of(h, obj);
    uint32_t *first;

    tarn_assert(node->next == 0);
    h->n++;
    if (h->n > h->n_buckets && bucket_add(base, a, h))
        split(base, h);
    first = bucket_at(base, h, bucket_of(h, hash));
    node->hash = hash;
    node->next = *first != 0 ? *first : REF_END;
    *first = ref_of(base, obj);
}

void hash_remove(void *base, struct hash *h, void *obj)
{
    struct hash_node *node = node_of(h, obj);
    uint32_t *first = bucket_at(base, h, bucket_of(h, node->hash));
    uint32_t *at = first, self = ref_of(base, obj);

    while (*at != self)
        at = &node_of(h, ref_at(base, *at))->next;
    *at = node->next;
    if (*first == REF_END)
        *first = 0;
    node->next = 0;
    h->n--;
}

/* The object at `at` or the first behind it in the chain that has this hash. */
static void *match_from(const void *base, const struct hash *h, uint32_t at, uint32_t hash)
{
    void *obj = ref_ptr(base, at);

    while (obj != NULL && node_of(h, obj)->hash != hash)
        obj = ref_ptr(base, node_of(h, obj)->next);
    return obj;
}

void *hash_find(const void *base, const struct hash *h, uint32_t hash)
{
    return match_from(base, h, bucket_first(base, h, bucket_of(h, hash)), hash);
}

void *hash_find_next(const void *base, const struct hash *h, const void *obj)
{
    const struct hash_node *node = node_const(h, obj);

    return match_from(base, h, node->next, node->hash);
}

void *hash_first(const void *base, const struct hash *h, uint32_t from)
{
    for (uint32_t bucket = from; bucket < h->n_buckets; bucket++) {
        uint32_t first = bucket_first(base, h, bucket);

        if (first != 0)
            return ref_at(base, first);
    }
    return NULL;
}

void *hash_next(const void *base, const struct hash *h, const void *obj)
{
    uint32_t next = node_const(h, obj)->next;

    return next != REF_END ? ref_at(base, next) : hash_first(base, h, hash_bucket(h, obj) + 1);
}

uint32_t hash_bucket(const struct hash *h, const void *obj)
{
    return bucket_of(h, node_const(h, obj)->hash);
}
