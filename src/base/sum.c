/* base/sum.c - the Internet checksum.
 *
 * The one's complement sum does not care in which byte order words are read as long as the result
 * is turned once (RFC 1071 2 B), nor how wide they are (2 C). So words are summed as wide as the
 * machine has them, carries are collected in the upper half of 64 bits, and at the end everything
 * is folded to 16 bits and its two bytes are read in network order. */
#include "base/sum.h"

#include "base/bytes.h"
#include "base/sum_avx2.h"

/* Below this, starting the vector unit costs more than it gains. */
enum { WORTH_VECTORS = 256 };

/* A piece on its way: what is summed, and where it is copied to, if anywhere. */
struct piece {
    uint8_t *to;
    const uint8_t *from;
    size_t n;
};

static inline uint8_t *behind(uint8_t *to, size_t n)
{
    return to != NULL ? to + n : NULL;
}

/* Each of these is inlined with `to` known to be NULL or not. */
static inline uint64_t take64(struct piece *p)
{
    uint64_t v;

    memcpy(&v, p->from, sizeof v);
    if (p->to != NULL)
        memcpy(p->to, &v, sizeof v);
    *p = (struct piece){behind(p->to, sizeof v), p->from + sizeof v, p->n - sizeof v};
    return (v & UINT32_MAX) + (v >> 32);
}

static inline uint64_t take32(struct piece *p)
{
    uint32_t v;

    memcpy(&v, p->from, sizeof v);
    if (p->to != NULL)
        memcpy(p->to, &v, sizeof v);
    *p = (struct piece){behind(p->to, sizeof v), p->from + sizeof v, p->n - sizeof v};
    return v;
}

static inline uint64_t take16(struct piece *p)
{
    uint16_t v;

    memcpy(&v, p->from, sizeof v);
    if (p->to != NULL)
        memcpy(p->to, &v, sizeof v);
    *p = (struct piece){behind(p->to, sizeof v), p->from + sizeof v, p->n - sizeof v};
    return v;
}

static inline uint64_t take8(struct piece *p)
{
    uint8_t padded[2] = {*p->from, 0};
    uint16_t v;

    memcpy(&v, padded, sizeof v);
    if (p->to != NULL)
        *p->to = *p->from;
    return v;
}

/* The machine's sum of a piece, not folded; n < 2^34. */
static inline uint64_t sum_piece(enum sum_impl how, struct piece p)
{
    uint64_t s = 0;

    if (how == SUM_AVX2 && p.n >= WORTH_VECTORS) {
        size_t whole = p.n - p.n % SUM_AVX2_STEP;

        s = sum_avx2(p.to, p.from, whole);
        p = (struct piece){behind(p.to, whole), p.from + whole, p.n - whole};
    }
    while (p.n >= 32)
        s += take64(&p) + take64(&p) + take64(&p) + take64(&p);
    while (p.n >= 8)
        s += take64(&p);
    if ((p.n & 4) != 0)
        s += take32(&p);
    if ((p.n & 2) != 0)
        s += take16(&p);
    if ((p.n & 1) != 0)
        s += take8(&p);
    return s;
}

/* Fold the machine's sum to 16 bits and add it, in network order, to the accumulator. */
static inline uint32_t add_machine_sum(uint32_t acc, uint64_t s)
{
    uint8_t bytes[2];
    uint16_t folded;

    s = (s & UINT32_MAX) + (s >> 32);
    s = (s & UINT32_MAX) + (s >> 32);
    folded = sum_fold((uint32_t)s);
    memcpy(bytes, &folded, sizeof bytes);
    return sum_add(acc, load_be16(bytes));
}

uint32_t sum_partial(const void *p, size_t n, uint32_t acc)
{
    return add_machine_sum(acc, sum_piece(SUM_PORTABLE, (struct piece){NULL, p, n}));
}

uint32_t sum_partial_by(enum sum_impl how, const void *p, size_t n, uint32_t acc)
{
    return add_machine_sum(acc, sum_piece(how, (struct piece){NULL, p, n}));
}

uint32_t sum_copy(void *to, const void *from, size_t n, uint32_t acc)
{
    return add_machine_sum(acc, sum_piece(SUM_PORTABLE, (struct piece){to, from, n}));
}

uint32_t sum_copy_by(enum sum_impl how, void *to, const void *from, size_t n, uint32_t acc)
{
    return add_machine_sum(acc, sum_piece(how, (struct piece){to, from, n}));
}
