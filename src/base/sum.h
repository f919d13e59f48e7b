/* base/sum.h - the Internet checksum (RFC 1071): the one's complement sum of 16-bit big-endian
 * words.
 *
 * A partial sum is a 32-bit number of which only the value modulo 65535 counts; it is the same on
 * machines of either byte order and by every implementation. Start from 0, add pieces in any order,
 * each beginning at an even offset (else sum_at()), then sum_finish():
 *
 *     uint32_t acc = udp_pseudo4(...);
 *     acc = sum_partial(header, 8, acc);
 *     acc = sum_partial_by(how, payload, n, acc);
 *     store_be16(field, sum_finish(acc));
 *
 * To verify, sum everything with the field in place: sum_is_good(). */
#ifndef TARN_BASE_SUM_H
#define TARN_BASE_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How to sum long pieces. The caller knows whether the processor can; results are equal. */
enum sum_impl { SUM_PORTABLE, SUM_AVX2 };

/* acc plus the sum of n bytes; an odd last byte counts as if a zero followed. */
uint32_t sum_partial(const void *p, size_t n, uint32_t acc);
uint32_t sum_partial_by(enum sum_impl how, const void *p, size_t n, uint32_t acc);

/* a + b as partial sums. */
static inline uint32_t sum_add(uint32_t a, uint32_t b)
{
    uint32_t s = a + b;

    return s + (s < b);
}

/* The 16-bit one's complement sum of a partial sum, not inverted: what a pseudo-header's field
 * holds when a link is to complete the checksum. */
static inline uint16_t sum_fold(uint32_t acc)
{
    acc = (acc & 0xffff) + (acc >> 16);
    acc += acc >> 16;
    return (uint16_t)acc;
}

/* What a piece that was summed by itself contributes when it begins at byte `offset` of the whole:
 * at an odd offset its bytes change places (RFC 1071 2 B). */
static inline uint32_t sum_at(uint32_t piece, size_t offset)
{
    uint32_t s = sum_fold(piece);

    return (offset & 1) != 0 ? (s & 0xff) << 8 | s >> 8 : s;
}

/* The value for the checksum field, in host order. */
static inline uint16_t sum_finish(uint32_t acc)
{
    return (uint16_t)~sum_fold(acc);
}

/* Does a sum over everything, the checksum field included, verify? */
static inline bool sum_is_good(uint32_t acc)
{
    return sum_fold(acc) == 0xffff;
}

/* A checksum field after a 16-bit or 32-bit word of what it covers changed (RFC 1624 3, eqn. 3);
 * all in host order. The word must lie at an even offset. */
static inline uint16_t sum_update16(uint16_t field, uint16_t before, uint16_t after)
{
    return sum_finish((uint32_t)(uint16_t)~field + (uint16_t)~before + after);
}

static inline uint16_t sum_update32(uint16_t field, uint32_t before, uint32_t after)
{
    field = sum_update16(field, (uint16_t)(before >> 16), (uint16_t)(after >> 16));
    return sum_update16(field, (uint16_t)before, (uint16_t)after);
}

#endif
