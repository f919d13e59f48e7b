/* core/chunk.h - counted pieces of payload: send and receive data live in them.
 *
 * A chunk has CHUNK_ROOM bytes of space in front (so that payload bytes in a received head can be
 * joined with the rest in place) and `cap` bytes behind. Size classes are fixed, each has a LIFO
 * pool, and memory is charged at the class's true size, the same number on every machine. */
#ifndef TARN_CORE_CHUNK_H
#define TARN_CORE_CHUNK_H

#include "core/stack.h"

enum { CHUNK_ROOM = PKT_HEAD_BYTES };

struct chunk {
    uint32_t next; /* owner's list link */
    uint32_t refs; /* owners: queues and packets */
    uint32_t cap;  /* bytes behind the room */
    uint32_t off;  /* owner's: first byte still held, counted from the data's start */
    uint32_t len;  /* owner's: bytes held */
    uint32_t size_class;
    bool ends; /* owner's: nothing is added behind its bytes */
    uint8_t reserved[7];
};

/* Every packet's share of a buffer beside its chunk: the packet itself. */
enum { PKT_TRUE_BYTES = 384 };

/* For tarn_init(). */
void chunk_pools_init(struct tarn *st);

/* A chunk with at least `bytes` of space and one reference; NULL at the limit, or when bytes is
 * beyond PKT_MAX_BYTES. */
struct chunk *chunk_get(struct tarn *st, size_t bytes);
void chunk_put(struct tarn *st, struct chunk *c);

static inline void chunk_hold(struct chunk *c)
{
    c->refs++;
}

/* First byte behind the room. */
static inline uint8_t *chunk_data(struct chunk *c)
{
    return (uint8_t *)c + sizeof *c + CHUNK_ROOM;
}

/* What a chunk of this size class costs: bytes, charged to buffers. */
uint32_t chunk_class_bytes(uint32_t size_class);

static inline uint32_t chunk_true_bytes(const struct chunk *c)
{
    return chunk_class_bytes(c->size_class);
}

static inline struct chunk *chunk_at(const struct tarn *st, uint32_t ref)
{
    return ref_ptr(st, ref);
}

/* What the packet costs: itself and its chunk. */
static inline uint32_t pkt_true_bytes(const struct tarn *st, const struct pkt *p)
{
    return PKT_TRUE_BYTES + (p->chunk != 0 ? chunk_true_bytes(chunk_at(st, p->chunk)) : 0);
}

/* The first byte of the packet's slice; the packet has one. */
static inline uint8_t *pkt_slice(const struct tarn *st, const struct pkt *p)
{
    return chunk_data(chunk_at(st, p->chunk)) + (int32_t)p->slice_off;
}

/* Bring the packet to exactly n bytes in the head, the rest in the slice; n <= the head's bytes
 * (asserted). Bytes leave the head for the room in front of the slice when the chunk is not shared,
 * else all payload is copied to a new chunk. slice_off may then point into the room: it is negative
 * as int32_t. false when out of memory. */
bool pkt_head_only(struct tarn *st, struct pkt *p, uint32_t n);

/* Move a packet's payload into one contiguous slice of a chunk that nobody shares: head_len is 0
 * after it. A shared chunk is copied. false when out of memory. */
bool pkt_payload_join(struct tarn *st, struct pkt *p);

/* The partial sum (base/sum.h) of the packet's bytes behind the first `skip`, which lie in the
 * head. core/csum.c */
uint32_t pkt_sum(const struct tarn *st, const struct pkt *p, uint32_t skip);

#endif
