/* base/hash.h - a table of objects in an arena, found by a 32-bit hash; grows without a pause.
 *
 * Linear hashing (Litwin, VLDB 1980): the table has n buckets, and when it holds more objects than
 * buckets an insertion splits one bucket, the next in turn, into two. So there is no rehash of
 * everything, and no operation costs more than a bucket's chain. Buckets lie in segments, each as
 * large as all before it together; the first is inside struct hash, the others come from the arena
 * when they are needed. When the arena has no room the table stays as it is and chains get longer:
 * an insertion never fails. The table does not shrink.
 *
 * The caller computes the hash, with a secret key (base/siphash.h) where peers choose what is
 * hashed, and compares keys. Order of iteration follows from hashes and the order of insertion
 * alone, not from addresses: it repeats from run to run. */
#ifndef TARN_BASE_HASH_H
#define TARN_BASE_HASH_H

#include "base/arena.h"

/* Embedded in the object; all zeroes = in no table. */
struct hash_node {
    uint32_t next; /* REF_END: last of its chain */
    uint32_t hash; /* valid while in a table */
};

enum { HASH_FIRST_BUCKETS = 8, HASH_SEGMENTS = 28 };

struct hash {
    uint32_t n;         /* objects */
    uint32_t n_buckets; /* >= HASH_FIRST_BUCKETS */
    uint32_t node_offset;
    uint32_t first[HASH_FIRST_BUCKETS]; /* buckets 0 to 7; 0 = empty */
    uint32_t segment[HASH_SEGMENTS];    /* [k]: buckets 8 << k up to 16 << k */
};

/* An empty table of objects whose struct hash_node is `node_offset` bytes after their start. */
void hash_init(struct hash *h, size_t node_offset);

/* Adds an object that is in no table (asserted). Objects with equal hashes may be there already;
 * the newest is found first. */
void hash_insert(void *base, struct arena *a, struct hash *h, void *obj, uint32_t hash);

/* Takes an object out that is in the table (asserted); its node is zeroes again. */
void hash_remove(void *base, struct hash *h, void *obj);

/* Is the object in a table? */
static inline bool hash_has(const struct hash *h, const void *obj)
{
    const char *node = (const char *)obj + h->node_offset;

    return ((const struct hash_node *)(const void *)node)->next != 0;
}

/* The objects with this hash, one after the other; NULL when there is no further one. */
void *hash_find(const void *base, const struct hash *h, uint32_t hash);
void *hash_find_next(const void *base, const struct hash *h, const void *obj);

#define hash_each_match(base_, hash_, value_, type_, var_)            \
    for (type_ *var_ = hash_find(base_, hash_, value_); var_ != NULL; \
         var_ = hash_find_next(base_, hash_, var_))

/* All objects, bucket by bucket: the first of bucket `from` or of a later one, and the one after
 * `obj`. The bucket of an object is hash_bucket(). A walk that goes on after insertions may meet an
 * object twice or miss one; after removals (not of `obj`) it is exact. */
void *hash_first(const void *base, const struct hash *h, uint32_t from);
void *hash_next(const void *base, const struct hash *h, const void *obj);
uint32_t hash_bucket(const struct hash *h, const void *obj);

#define hash_each(base_, hash_, type_, var_)                      \
    for (type_ *var_ = hash_first(base_, hash_, 0); var_ != NULL; \
         var_ = hash_next(base_, hash_, var_))

/* The same; the body may remove `var_` (but no other object). */
#define hash_each_safe(base_, hash_, type_, var_)                                  \
    for (type_ *var_ = hash_first(base_, hash_, 0),                                \
               *var_##_next = var_ != NULL ? hash_next(base_, hash_, var_) : NULL; \
         var_ != NULL;                                                             \
         var_ = var_##_next, var_##_next = var_ != NULL ? hash_next(base_, hash_, var_) : NULL)

#endif
