/* core/chunk.h - counted pieces of payload: send and receive data live in them.
 *
 * A chunk has `room` bytes of space in front (so that a received head's payload bytes can be joined
 * with the rest in place) and `cap` bytes behind. Size classes are fixed; memory is charged at the
 * class's true size, the same on every machine. */
#ifndef TARN_CORE_CHUNK_H
#define TARN_CORE_CHUNK_H

#include "core/stack.h"

enum { CHUNK_ROOM = PKT_HEAD_BYTES };

struct chunk {
    uint32_t next;   /* owner's list link */
    uint32_t refs;   /* owners: queues and packets */
    uint32_t cap;    /* bytes behind the room */
    uint32_t off;    /* owner's: first byte still held, counted from the data's start */
    uint32_t len;    /* owner's: bytes held */
    uint8_t size_class;
};

/* A chunk with at least `bytes` of space and one reference; NULL at the limit. */
struct chunk *chunk_get(struct tarn *st, size_t bytes);
void chunk_hold(struct chunk *c);
void chunk_put(struct tarn *st, struct chunk *c);

/* First byte behind the room. */
uint8_t *chunk_data(struct chunk *c);

/* What the chunk costs: bytes of its size class, charged to buffers. */
uint32_t chunk_true_bytes(const struct chunk *c);

static inline struct chunk *chunk_at(const struct tarn *st, uint32_t ref)
{
    return ref_ptr(st, ref);
}

/* Move a packet's payload into one contiguous slice: the bytes left in the head go into the room in
 * front of the slice when the chunk is not shared, else everything is copied to a new chunk. After
 * it head_len is 0 and the payload is [slice_off, slice_off + slice_len). slice_off may point into
 * the room: it is then negative as int32_t. false when out of memory. */
bool pkt_payload_join(struct tarn *st, struct pkt *p);

#endif
