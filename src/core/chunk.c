/* core/chunk.c - size classes and pools of chunks. */
#include "core/chunk.h"

#include "base/bits.h"

/* Bytes behind the room: a small write, a full frame and its slack, two frames, a quarter of a
 * super-packet, a whole one. */
static const uint32_t class_cap[CHUNK_CLASSES] = {256, 2048, 4096, 16384, PKT_MAX_BYTES};

uint32_t chunk_class_bytes(uint32_t size_class)
{
    return (uint32_t)align_up(sizeof(struct chunk) + CHUNK_ROOM + class_cap[size_class],
                              ARENA_ALIGN);
}

void chunk_pools_init(struct tarn *st)
{
    for (uint32_t i = 0; i < CHUNK_CLASSES; i++)
        pool_init(&st->chunk_pool[i], chunk_class_bytes(i), 0, UINT32_MAX);
}

static uint32_t class_of(size_t bytes)
{
    uint32_t i = 0;

    while (i < CHUNK_CLASSES && class_cap[i] < bytes)
        i++;
    return i;
}

struct chunk *chunk_get(struct tarn *st, size_t bytes)
{
    uint32_t i = class_of(bytes);
    struct chunk *c = NULL;

    if (i < CHUNK_CLASSES && st->held.chunk_bytes + chunk_class_bytes(i) <= st->cfg.max_chunk_bytes)
        c = pool_get(st, &st->arena, &st->chunk_pool[i]);
    if (c == NULL) {
        st->memory_event = true;
        return NULL;
    }
    st->held.chunks++;
    st->held.chunk_bytes += chunk_class_bytes(i);
    *c = (struct chunk){.refs = 1, .cap = class_cap[i], .size_class = i};
    return c;
}

void chunk_put(struct tarn *st, struct chunk *c)
{
    tarn_assert(c->refs > 0);
    if (--c->refs > 0)
        return;
    st->held.chunks--;
    st->held.chunk_bytes -= chunk_true_bytes(c);
    pool_put(st, &st->chunk_pool[c->size_class], c);
}
