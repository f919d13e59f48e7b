/* base/bytes.h - numbers in bytes of either order, and checked walks over bytes.
 *
 * A cursor reads and a writer writes between two fences. Going beyond the end sets `bad`, gives 0
 * (or writes nothing), and every later step does the same: so a codec reads a whole header and asks
 * once, at the end, whether it was there. */
#ifndef TARN_BASE_BYTES_H
#define TARN_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Big-endian (network order), at any alignment. */
static inline uint16_t load_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t load_be64(const uint8_t *p)
{
    return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}

static inline void store_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void store_be32(uint8_t *p, uint32_t v)
{
    store_be16(p, (uint16_t)(v >> 16));
    store_be16(p + 2, (uint16_t)v);
}

static inline void store_be64(uint8_t *p, uint64_t v)
{
    store_be32(p, (uint32_t)(v >> 32));
    store_be32(p + 4, (uint32_t)v);
}

/* Little-endian, at any alignment. */
static inline uint16_t load_le16(const uint8_t *p)
{
    return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t load_le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t load_le64(const uint8_t *p)
{
    return (uint64_t)load_le32(p + 4) << 32 | load_le32(p);
}

static inline void store_le16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void store_le32(uint8_t *p, uint32_t v)
{
    store_le16(p, (uint16_t)v);
    store_le16(p + 2, (uint16_t)(v >> 16));
}

static inline void store_le64(uint8_t *p, uint64_t v)
{
    store_le32(p, (uint32_t)v);
    store_le32(p + 4, (uint32_t)(v >> 32));
}

/* Reads from `at` up to `end`. */
struct cursor {
    const uint8_t *at, *end;
    bool bad; /* a read went beyond the end; nothing is left, and every read fails */
};

static inline struct cursor cur_init(const uint8_t *p, size_t n)
{
    return (struct cursor){.at = p, .end = p + n, .bad = false};
}

/* Bytes not read yet. */
static inline size_t cur_left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

/* The next n bytes, which are then behind the cursor; NULL when there are fewer. */
static inline const uint8_t *cur_bytes(struct cursor *c, size_t n)
{
    const uint8_t *p = c->at;

    if (c->bad || cur_left(c) < n) {
        c->at = c->end;
        c->bad = true;
        return NULL;
    }
    c->at += n;
    return p;
}

static inline void cur_skip(struct cursor *c, size_t n)
{
    (void)cur_bytes(c, n);
}

/* A cursor over the next n bytes alone, which are then behind this one. */
static inline struct cursor cur_part(struct cursor *c, size_t n)
{
    const uint8_t *p = cur_bytes(c, n);

    return p != NULL ? cur_init(p, n) : (struct cursor){.at = c->at, .end = c->at, .bad = true};
}

/* Big-endian numbers; 0 when there are too few bytes. */
static inline uint8_t cur_u8(struct cursor *c)
{
    const uint8_t *p = cur_bytes(c, 1);

    return p != NULL ? *p : 0;
}

static inline uint16_t cur_u16(struct cursor *c)
{
    const uint8_t *p = cur_bytes(c, 2);

    return p != NULL ? load_be16(p) : 0;
}

static inline uint32_t cur_u32(struct cursor *c)
{
    const uint8_t *p = cur_bytes(c, 4);

    return p != NULL ? load_be32(p) : 0;
}

static inline uint64_t cur_u64(struct cursor *c)
{
    const uint8_t *p = cur_bytes(c, 8);

    return p != NULL ? load_be64(p) : 0;
}

/* Copies the next n bytes to `to`; zeroes there when there are fewer. */
static inline void cur_copy(struct cursor *c, void *to, size_t n)
{
    const uint8_t *p = cur_bytes(c, n);

    if (p != NULL)
        memcpy(to, p, n);
    else
        memset(to, 0, n);
}

/* Writes from `at` on. */
struct writer {
    uint8_t *at;
    size_t left; /* room not used yet, in bytes */
    bool bad;    /* a write did not fit; nothing is left, and nothing more is written */
};

static inline struct writer wr_init(uint8_t *p, size_t n)
{
    return (struct writer){.at = p, .left = n, .bad = false};
}

/* Room for the next n bytes, which the caller fills; NULL when there is less. */
static inline uint8_t *wr_room(struct writer *w, size_t n)
{
    uint8_t *p = w->at;

    if (w->bad || n > w->left) {
        w->left = 0;
        w->bad = true;
        return NULL;
    }
    w->at += n;
    w->left -= n;
    return p;
}

/* Big-endian numbers. */
static inline void wr_u8(struct writer *w, uint8_t v)
{
    uint8_t *p = wr_room(w, 1);

    if (p != NULL)
        *p = v;
}

static inline void wr_u16(struct writer *w, uint16_t v)
{
    uint8_t *p = wr_room(w, 2);

    if (p != NULL)
        store_be16(p, v);
}

static inline void wr_u32(struct writer *w, uint32_t v)
{
    uint8_t *p = wr_room(w, 4);

    if (p != NULL)
        store_be32(p, v);
}

static inline void wr_u64(struct writer *w, uint64_t v)
{
    uint8_t *p = wr_room(w, 8);

    if (p != NULL)
        store_be64(p, v);
}

static inline void wr_bytes(struct writer *w, const void *from, size_t n)
{
    uint8_t *p = wr_room(w, n);

    if (p != NULL && n != 0)
        memcpy(p, from, n);
}

static inline void wr_fill(struct writer *w, uint8_t v, size_t n)
{
    uint8_t *p = wr_room(w, n);

    if (p != NULL && n != 0)
        memset(p, v, n);
}

#endif
