/* tcp/tcp_queue.h - a queue of bytes: what the send queue, the receive queue and the runs out of
 * order are. */
#ifndef TARN_TCP_TCP_QUEUE_H
#define TARN_TCP_TCP_QUEUE_H

#include "core/chunk.h"
#include "core/stack.h"

enum { TCP_CHUNK_BYTES = 65536 }; /* of queues that hold much */

/* Bytes in order, in chunks joined by `next`; chunk->off and chunk->len say what each still holds.
 */
struct tcp_queue {
    uint32_t first, last; /* chunks; 0 when empty */
    uint32_t bytes;       /* held */
    uint32_t true_bytes;  /* what the chunks cost */
};

/* What a send queue will be cut into: `bytes` each, the first one behind the `sent` bytes at the
 * front. Chunks are filled up to where a cut will be. */
struct tcp_grain {
    uint32_t bytes, sent;
};

/* May only data in order, and a little of each connection, take chunks? */
bool tcp_memory_is_short(const struct tarn *st);
/* Is there so much of it that buffers may grow? */
bool tcp_memory_is_ample(const struct tarn *st);
/* Copy to the end of the queue; returns how much memory could be had for. */
size_t tcp_queue_write(struct tarn *st, struct tcp_queue *q, const void *buf, size_t n,
                       struct tcp_grain grain);
/* Room at the end to write into, *room bytes, `want` if it can be; NULL: no memory. */
uint8_t *tcp_queue_room(struct tarn *st, struct tcp_queue *q, size_t want, struct tcp_grain grain,
                        uint32_t *room);
/* n bytes of that room have been written. */
void tcp_queue_filled(struct tarn *st, struct tcp_queue *q, uint32_t n);
/* Put a packet's bytes at the end: its chunk when well used, else a copy. The packet stays the
 * caller's. Returns how many bytes; fewer than the packet has when out of memory. */
uint32_t tcp_queue_take(struct tarn *st, struct tcp_queue *q, struct pkt *p);
/* The first n bytes go; all go. */
void tcp_queue_drop(struct tarn *st, struct tcp_queue *q, uint32_t n);
void tcp_queue_purge(struct tarn *st, struct tcp_queue *q);
/* Everything of `behind`, which is empty then, comes to the end of q. */
void tcp_queue_join(struct tarn *st, struct tcp_queue *q, struct tcp_queue *behind);
/* The chunk that holds byte *at, which then counts from the chunk's first held byte; NULL. */
struct chunk *tcp_queue_find(const struct tarn *st, const struct tcp_queue *q, uint32_t *at);
/* Copy n bytes from the one at `at` on; returns how many there were. */
uint32_t tcp_queue_copy(const struct tarn *st, const struct tcp_queue *q, uint32_t at, void *buf,
                        uint32_t n);

#endif
