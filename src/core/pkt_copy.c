/* core/pkt_copy.c - receiving into packets, and the operations that copy payload or share it. */
#include "base/bits.h"
#include "core/chunk.h"

enum { RX_HEAD = PKT_HEAD_BYTES - PKT_RX_ROOM };

struct pkt *pkt_rx_get(struct tarn *st, size_t bytes)
{
    struct pkt *p = pkt_get(st, bytes > RX_HEAD ? bytes - RX_HEAD : 0, PKT_RX_ROOM);

    if (p == NULL) {
        st->drop[DROP_POOL_EMPTY]++;
        return NULL;
    }
    if (bytes > RX_HEAD)
        p->slice_len = (uint32_t)bytes - RX_HEAD;
    p->head_len = (uint32_t)min_size(bytes, RX_HEAD);
    return p;
}

unsigned pkt_rx_iov(struct tarn *st, struct pkt *p, struct tarn_iov iov[2])
{
    return pkt_iov(st, p, iov);
}

/* A chunk is reasonably full when at least half of it is used, or no smaller one would do. */
static bool is_wasteful(const struct chunk *c, uint32_t len)
{
    return c->size_class > 0 && len < c->cap / 2;
}

/* Exchange the packet's chunk for one that holds only its slice. */
static bool slice_copy(struct tarn *st, struct pkt *p)
{
    struct chunk *c = chunk_get(st, p->slice_len);

    if (c == NULL)
        return false;
    memcpy(chunk_data(c), pkt_slice(st, p), p->slice_len);
    chunk_put(st, chunk_at(st, p->chunk));
    p->chunk = ref_of(st, c);
    p->slice_off = 0;
    return true;
}

void pkt_rx_filled(struct tarn *st, struct pkt *p, size_t bytes)
{
    pkt_trim(st, p, (unsigned)bytes);
    (void)pkt_own(st, p);
}

bool pkt_own(struct tarn *st, struct pkt *p)
{
    if (p->chunk == 0 || !is_wasteful(chunk_at(st, p->chunk), p->slice_len))
        return true;
    if (p->slice_len == 0) {
        pkt_trim(st, p, p->head_len);
        return true;
    }
    return slice_copy(st, p);
}

bool pkt_writable(struct tarn *st, struct pkt *p)
{
    struct chunk *c = chunk_at(st, p->chunk);

    return c == NULL || c->refs == 1 || slice_copy(st, p);
}

/* A new packet of `to` with all that p has, stripped headers too, but its slice and its place in
 * lists. */
static struct pkt *head_copy(struct tarn *to, const struct pkt *p, size_t payload_bytes)
{
    struct pkt *q = pkt_get(to, payload_bytes, 0);
    uint64_t id;
    uint32_t chunk;

    if (q == NULL)
        return NULL;
    id = q->id;
    chunk = q->chunk;
    *q = *p;
    q->next = 0;
    q->id = id;
    q->chunk = chunk;
    return q;
}

struct pkt *pkt_clone(struct tarn *st, const struct pkt *p)
{
    struct pkt *q = head_copy(st, p, 0);

    if (q == NULL)
        return NULL;
    if (p->chunk != 0) {
        chunk_hold(chunk_at(st, p->chunk));
        q->chunk = p->chunk;
    }
    return q;
}

struct pkt *pkt_copy_to(struct tarn *from, const struct pkt *p, struct tarn *to)
{
    struct pkt *q = head_copy(to, p, p->slice_len);

    if (q == NULL)
        return NULL;
    q->slice_off = 0;
    q->mark = q->flow = 0;
    q->flags = 0;
    q->stamp = to->now;
    if (p->slice_len > 0)
        memcpy(chunk_data(chunk_at(to, q->chunk)), pkt_slice(from, p), p->slice_len);
    return q;
}

/* The head's bytes behind the first n, moved in front of the slice. */
static bool head_into_room(struct tarn *st, struct pkt *p, uint32_t n)
{
    struct chunk *c = chunk_at(st, p->chunk);
    uint32_t more = p->head_len - n;

    if (c->refs > 1 || (int64_t)(int32_t)p->slice_off + CHUNK_ROOM < more)
        return false;
    p->slice_off -= more;
    p->slice_len += more;
    memcpy(pkt_slice(st, p), pkt_head(p) + n, more);
    p->head_len = n;
    return true;
}

/* The bytes behind the first n of the packet, copied into a chunk of their own. */
static bool payload_copy(struct tarn *st, struct pkt *p, uint32_t n)
{
    uint32_t len = pkt_len(p) - n;
    struct chunk *c = chunk_get(st, len);

    if (c == NULL)
        return false;
    pkt_copy_out(st, p, n, chunk_data(c), len);
    if (p->chunk != 0)
        chunk_put(st, chunk_at(st, p->chunk));
    p->chunk = ref_of(st, c);
    p->head_len = n;
    p->slice_off = 0;
    p->slice_len = len;
    return true;
}

bool pkt_head_only(struct tarn *st, struct pkt *p, uint32_t n)
{
    tarn_assert(n <= p->head_len);
    if (n == p->head_len)
        return true;
    return (p->chunk != 0 && head_into_room(st, p, n)) || payload_copy(st, p, n);
}

bool pkt_payload_join(struct tarn *st, struct pkt *p)
{
    if (p->chunk == 0 || chunk_at(st, p->chunk)->refs > 1)
        return payload_copy(st, p, 0);
    return pkt_head_only(st, p, 0);
}
