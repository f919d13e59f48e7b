/* core/pkt.c - packets: getting, giving back, discarding, and moving bytes within one. */
#include "base/bits.h"
#include "core/chunk.h"

struct pkt *pkt_get(struct tarn *st, size_t payload_bytes, unsigned room)
{
    struct pkt *p = pool_get(st, &st->arena, &st->pkt_pool);
    struct chunk *c = NULL;

    tarn_assert(room <= PKT_HEAD_BYTES);
    if (p == NULL) {
        st->memory_event = true;
        return NULL;
    }
    memset(p, 0, offsetof(struct pkt, head));
    if (payload_bytes > 0) {
        c = chunk_get(st, payload_bytes);
        if (c == NULL) {
            pool_put(st, &st->pkt_pool, p);
            return NULL;
        }
        p->chunk = ref_of(st, c);
    }
    p->head_off = room;
    p->segs = 1;
    p->id = ++st->next_pkt_id;
    p->stamp = st->now;
    return p;
}

static void drop_slice(struct tarn *st, struct pkt *p)
{
    if (p->chunk != 0)
        chunk_put(st, chunk_at(st, p->chunk));
    p->chunk = 0;
    p->slice_off = p->slice_len = 0;
}

void pkt_put(struct tarn *st, struct pkt *p)
{
    drop_slice(st, p);
    pool_put(st, &st->pkt_pool, p);
}

void pkt_drop(struct tarn *st, struct pkt *p, enum tarn_drop why)
{
    struct tarn_drop_record *r = &st->drop_ring[st->n_drops++ % DROP_RING];

    st->drop[why] += p->segs;
    *r = (struct tarn_drop_record){p->id, st->now, (uint16_t)why, p->port};
    pkt_put(st, p);
}

uint32_t pkt_ref(const struct tarn *st, const struct pkt *p)
{
    return ref_of(st, p);
}

struct pkt *pkt_at(struct tarn *st, uint32_t ref)
{
    return ref_ptr(st, ref);
}

uint8_t *pkt_prepend(struct pkt *p, unsigned n)
{
    tarn_assert(p->head_off >= n);
    p->head_off -= n;
    p->head_len += n;
    return p->head + p->head_off;
}

void pkt_strip(struct pkt *p, unsigned n)
{
    uint32_t from_head = min_u32(n, p->head_len);

    tarn_assert(n <= pkt_len(p));
    p->head_off += from_head;
    p->head_len -= from_head;
    p->slice_off += n - from_head;
    p->slice_len -= n - from_head;
}

void pkt_trim(struct tarn *st, struct pkt *p, unsigned len)
{
    if (len >= pkt_len(p))
        return;
    if (len > p->head_len) {
        p->slice_len = len - p->head_len;
        return;
    }
    p->head_len = len;
    drop_slice(st, p);
}

const uint8_t *pkt_pull(struct tarn *st, struct pkt *p, unsigned n)
{
    uint32_t more;

    if (n <= p->head_len)
        return pkt_head(p);
    more = n - p->head_len;
    if (more > p->slice_len || p->head_off + n > PKT_HEAD_BYTES)
        return NULL;
    memcpy(pkt_head(p) + p->head_len, pkt_slice(st, p), more);
    p->head_len = n;
    p->slice_off += more;
    p->slice_len -= more;
    return pkt_head(p);
}

size_t pkt_copy_out(struct tarn *st, const struct pkt *p, size_t off, void *buf, size_t n)
{
    size_t have = off < pkt_len(p) ? min_size(n, pkt_len(p) - off) : 0;
    size_t from_head = off < p->head_len ? min_size(have, p->head_len - off) : 0;
    uint8_t *to = buf;

    if (from_head > 0)
        memcpy(to, p->head + p->head_off + off, from_head);
    if (have > from_head)
        memcpy(to + from_head, pkt_slice(st, p) + (off + from_head - p->head_len),
               have - from_head);
    return have;
}

bool pkt_append(struct tarn *st, struct pkt *p, const void *buf, size_t n)
{
    struct chunk *c = chunk_at(st, p->chunk);

    if (c == NULL) {
        if (p->head_off + p->head_len + n > PKT_HEAD_BYTES)
            return false;
        memcpy(pkt_head(p) + p->head_len, buf, n);
        p->head_len += (uint32_t)n;
        return true;
    }
    if (c->refs > 1 || (int64_t)(int32_t)p->slice_off + p->slice_len + (int64_t)n > c->cap)
        return false;
    memcpy(pkt_slice(st, p) + p->slice_len, buf, n);
    p->slice_len += (uint32_t)n;
    return true;
}

unsigned pkt_iov(struct tarn *st, struct pkt *p, struct tarn_iov iov[2])
{
    unsigned n = 0;

    if (p->head_len > 0)
        iov[n++] = (struct tarn_iov){pkt_head(p), p->head_len};
    if (p->slice_len > 0)
        iov[n++] = (struct tarn_iov){pkt_slice(st, p), p->slice_len};
    return n;
}
