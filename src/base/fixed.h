/* base/fixed.h - arithmetic on 64-bit numbers where others would use floating point. Same result on
 * 32-bit and 64-bit machines. */
#ifndef TARN_BASE_FIXED_H
#define TARN_BASE_FIXED_H

#include <stdint.h>

/* a * b / c with a product of 128 bits, rounded down; UINT64_MAX when it does not fit in 64
 * bits or c is 0. */
uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c);

/* a + b, or UINT64_MAX when that does not fit; a - b, or 0. */
static inline uint64_t add_sat(uint64_t a, uint64_t b)
{
    return a + b < a ? UINT64_MAX : a + b;
}

static inline uint64_t sub_sat(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* The largest r with r^3 <= v. */
uint32_t cube_root(uint64_t v);

/* Exponentially weighted moving average: avg + (sample - avg) / 2^shift, rounded towards avg. */
static inline uint64_t ewma(uint64_t avg, uint64_t sample, unsigned shift)
{
    return sample >= avg ? avg + ((sample - avg) >> shift) : avg - ((avg - sample) >> shift);
}

#endif
