/* base/sum.c - the Internet checksum.
 *
 * The one's complement sum does not care in which byte order words are read as long as the result
 * is turned once (RFC 1071 2 B), nor how wide they are (2 C). So words of 64 bits are summed, each
 * carry is added at once (which compilers know as one instruction), in four sums that do not wait
 * for each other, and at the end everything is folded to 16 bits and its two bytes are read in
 * network order. */
#include "base/sum.h"

#include "base/bytes.h"
#include "base/sum_avx2.h"

/* Below this, starting the vector unit costs more than it gains. */
enum { WORTH_VECTORS = 256 };

/* What is still to be summed. */
struct piece {
    const uint8_t *at;
    size_t left;
};

static inline uint64_t take64(struct piece *p)
{
    uint64_t v;

    memcpy(&v, p->at, sizeof v);
    *p = (struct piece){p->at + sizeof v, p->left - sizeof v};
    return v;
}

static inline uint64_t take32(struct piece *p)
{
    uint32_t v;

    memcpy(&v, p->at, sizeof v);
    *p = (struct piece){p->at + sizeof v, p->left - sizeof v};
    return v;
}

static inline uint64_t take16(struct piece *p)
{
    uint16_t v;

    memcpy(&v, p->at, sizeof v);
    *p = (struct piece){p->at + sizeof v, p->left - sizeof v};
    return v;
}

/* The odd byte at the end. */
static inline uint64_t take8(const struct piece *p)
{
    uint8_t padded[2] = {*p->at, 0};
    uint16_t v;

    memcpy(&v, padded, sizeof v);
    return v;
}

/* The one's complement sum of two words. */
static inline uint64_t add_words(uint64_t a, uint64_t b)
{
    a += b;
    return a + (a < b);
}

/* The machine's sum of n < 2^34 bytes, not folded. Inlined, so that short pieces cost no call. */
__attribute__((always_inline)) static inline uint64_t machine_sum(enum sum_impl how,
                                                                  const uint8_t *at, size_t n)
{
    struct piece p = {at, n};
    uint64_t s = 0, s2 = 0, s3 = 0, s4 = 0;

    if (how == SUM_AVX2 && n >= WORTH_VECTORS) {
        size_t whole = n - n % SUM_AVX2_STEP;

        s = sum_avx2(at, whole);
        p = (struct piece){at + whole, n - whole};
    }
    while (p.left >= 32) {
        s = add_words(s, take64(&p));
        s2 = add_words(s2, take64(&p));
        s3 = add_words(s3, take64(&p));
        s4 = add_words(s4, take64(&p));
    }
    while (p.left >= 8)
        s = add_words(s, take64(&p));
    if ((p.left & 4) != 0)
        s2 = add_words(s2, take32(&p));
    if ((p.left & 2) != 0)
        s3 = add_words(s3, take16(&p));
    if ((p.left & 1) != 0)
        s4 = add_words(s4, take8(&p));
    return add_words(add_words(s, s2), add_words(s3, s4));
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
    return add_machine_sum(acc, machine_sum(SUM_PORTABLE, p, n));
}

uint32_t sum_partial_by(enum sum_impl how, const void *p, size_t n, uint32_t acc)
{
    return add_machine_sum(acc, machine_sum(how, p, n));
}
