/* tcp/tcp_queue.c - queues of bytes in chunks: the send queue, the receive queue, runs out of
 * order.
 *
 * TCP keeps bytes, not packets. A chunk in a queue holds [off, off + len) of its space; bytes leave
 * at the front and come at the back of the last chunk, so small writes and small segments share
 * chunks, and the true size of a queue stays within three times its bytes and two chunks.
 *
 * Packets that are queued below hold the chunks that they show a slice of: emptying a queue only
 * lets go of chunks. Writing behind the held bytes of a shared chunk is safe, because every slice
 * ends at or before them.
 *
 * The last quarter of the memory for chunks is for what arrives in order, which frees memory: send
 * queues and runs stop growing before it, and buffers stop growing at the half. */
#include "tcp/tcp_queue.h"

#include "base/bits.h"

enum { COPY_BYTES = 4096 }; /* larger pieces are never copied to save room */

static const struct tcp_grain bytewise = {.bytes = 1};

bool tcp_memory_is_short(const struct tarn *st)
{
    return st->held.chunk_bytes > st->cfg.max_chunk_bytes / 4 * 3;
}

bool tcp_memory_is_ample(const struct tarn *st)
{
    return st->held.chunk_bytes < st->cfg.max_chunk_bytes / 2;
}

static void append_chunk(struct tarn *st, struct tcp_queue *q, struct chunk *c)
{
    uint32_t ref = ref_of(st, c);

    c->next = 0;
    if (q->last != 0)
        chunk_at(st, q->last)->next = ref;
    else
        q->first = ref;
    q->last = ref;
    q->bytes += c->len;
    q->true_bytes += chunk_true_bytes(c);
}

static void drop_first(struct tarn *st, struct tcp_queue *q)
{
    struct chunk *c = chunk_at(st, q->first);

    q->first = c->next;
    if (q->first == 0)
        q->last = 0;
    q->bytes -= c->len;
    q->true_bytes -= chunk_true_bytes(c);
    c->next = 0;
    chunk_put(st, c);
}

/* Space behind the last byte, as far as the last segment boundary in it. Boundaries count from what
 * is sent already, not from the chunk: a short segment would else shift them for good, and each
 * chunk end in a segment that must be copied. */
static uint32_t tail_room(const struct tcp_queue *q, const struct chunk *c, struct tcp_grain grain)
{
    uint32_t end = c->off + c->len, room = c->cap - end, over;

    if (c->ends || (int32_t)end >= (int32_t)c->cap)
        return 0;
    over = (room + q->bytes - grain.sent) % grain.bytes;
    if (over < room)
        return room - over;
    return over == room && c->len > 0 ? 0 : room; /* no boundary ahead: stop at one, else go on */
}

/* Where the next bytes go: behind the last ones, or into a new chunk for `want` of them. */
static uint8_t *end_of(struct tarn *st, struct tcp_queue *q, size_t want, struct tcp_grain grain,
                       uint32_t *room)
{
    struct chunk *c = chunk_at(st, q->last);

    *room = c != NULL ? tail_room(q, c, grain) : 0;
    if (*room == 0) {
        c = chunk_get(st, min_size(want, TCP_CHUNK_BYTES));
        if (c == NULL)
            return NULL;
        append_chunk(st, q, c);
        *room = tail_room(q, c, grain);
    }
    return chunk_data(c) + (int32_t)(c->off + c->len);
}

uint8_t *tcp_queue_room(struct tarn *st, struct tcp_queue *q, size_t want, struct tcp_grain grain,
                        uint32_t *room)
{
    /* A queue that holds much gets large chunks even from small writes; a size class is at most
     * four times what is asked for, so no more than is held already stays unused. */
    return end_of(st, q, max_size(want, q->bytes / 4), grain, room);
}

void tcp_queue_filled(struct tarn *st, struct tcp_queue *q, uint32_t n)
{
    chunk_at(st, q->last)->len += n;
    q->bytes += n;
}

size_t tcp_queue_write(struct tarn *st, struct tcp_queue *q, const void *buf, size_t n,
                       struct tcp_grain grain)
{
    const uint8_t *from = buf;
    size_t done = 0;

    while (done < n) {
        uint32_t room;
        uint8_t *to = tcp_queue_room(st, q, n - done, grain, &room);

        if (to == NULL)
            break;
        room = (uint32_t)min_size(room, n - done);
        memcpy(to, from + done, room);
        tcp_queue_filled(st, q, room);
        done += room;
    }
    return done;
}

/* Does the packet use its chunk well enough that the chunk may be kept, and is it its alone? What
 * fits behind the last bytes goes there if it is short, so that the room is not lost. */
static bool is_worth_keeping(const struct tarn *st, const struct tcp_queue *q, const struct pkt *p)
{
    const struct chunk *c = chunk_at(st, p->chunk), *last = chunk_at(st, q->last);
    uint32_t n = pkt_len(p);

    if (c == NULL || c->refs > 1 || 2 * n < chunk_true_bytes(c))
        return false;
    return n > COPY_BYTES || last == NULL || tail_room(q, last, bytewise) < n;
}

static uint32_t copy_behind(struct tarn *st, struct tcp_queue *q, const void *buf, uint32_t n)
{
    const uint8_t *from = buf;
    uint32_t done = 0, room;

    while (done < n) {
        uint8_t *to = end_of(st, q, n - done, bytewise, &room);

        if (to == NULL)
            break;
        room = min_u32(room, n - done);
        memcpy(to, from + done, room);
        tcp_queue_filled(st, q, room);
        done += room;
    }
    return done;
}

uint32_t tcp_queue_take(struct tarn *st, struct tcp_queue *q, struct pkt *p)
{
    uint32_t n = pkt_len(p), done = 0, room;

    if (is_worth_keeping(st, q, p) && pkt_payload_join(st, p)) {
        struct chunk *c = chunk_at(st, p->chunk);

        chunk_hold(c); /* the packet will let go of its own hold */
        c->off = p->slice_off;
        c->len = p->slice_len;
        append_chunk(st, q, c);
        return n;
    }
    if (n == 0 || end_of(st, q, n, bytewise, &room) == NULL)
        return 0;
    done = copy_behind(st, q, pkt_head(p), p->head_len);
    if (done == p->head_len && p->slice_len > 0)
        done += copy_behind(st, q, pkt_slice(st, p), p->slice_len);
    stat_add(st, TARN_STAT_TCP_COPIES_IN, done);
    return done;
}

void tcp_queue_drop(struct tarn *st, struct tcp_queue *q, uint32_t n)
{
    tarn_assert(n <= q->bytes);
    while (n > 0) {
        struct chunk *c = chunk_at(st, q->first);

        if (n < c->len) {
            c->off += n;
            c->len -= n;
            q->bytes -= n;
            return;
        }
        n -= c->len;
        drop_first(st, q);
    }
}

void tcp_queue_purge(struct tarn *st, struct tcp_queue *q)
{
    while (q->first != 0)
        drop_first(st, q);
}

void tcp_queue_join(struct tarn *st, struct tcp_queue *q, struct tcp_queue *behind)
{
    if (behind->first == 0)
        return;
    if (q->last != 0)
        chunk_at(st, q->last)->next = behind->first;
    else
        q->first = behind->first;
    q->last = behind->last;
    q->bytes += behind->bytes;
    q->true_bytes += behind->true_bytes;
    *behind = (struct tcp_queue){0};
}

struct chunk *tcp_queue_find(const struct tarn *st, const struct tcp_queue *q, uint32_t *at)
{
    struct chunk *c = chunk_at(st, q->first);

    while (c != NULL && *at >= c->len) {
        *at -= c->len;
        c = chunk_at(st, c->next);
    }
    return c;
}

uint32_t tcp_queue_copy(const struct tarn *st, const struct tcp_queue *q, uint32_t at, void *buf,
                        uint32_t n)
{
    struct chunk *c = tcp_queue_find(st, q, &at);
    uint8_t *to = buf;
    uint32_t done = 0;

    for (; c != NULL && done < n; c = chunk_at(st, c->next), at = 0) {
        uint32_t part = min_u32(n - done, c->len - at);

        memcpy(to + done, chunk_data(c) + (int32_t)(c->off + at), part);
        done += part;
    }
    return done;
}
