/* base/bits.h - counting bits, rounding to powers of two, least and greatest of two numbers. */
#ifndef TARN_BASE_BITS_H
#define TARN_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero bits above the highest one bit; v must not be 0. */
static inline unsigned clz32(uint32_t v)
{
    return (unsigned)__builtin_clz(v);
}

static inline unsigned clz64(uint64_t v)
{
    return (unsigned)__builtin_clzll(v);
}

/* Zero bits below the lowest one bit: the index of that bit; v must not be 0. */
static inline unsigned ctz32(uint32_t v)
{
    return (unsigned)__builtin_ctz(v);
}

static inline unsigned ctz64(uint64_t v)
{
    return (unsigned)__builtin_ctzll(v);
}

/* The index of the highest one bit, floor(log2(v)); v must not be 0. */
static inline unsigned log2_u32(uint32_t v)
{
    return 31 - clz32(v);
}

static inline unsigned log2_u64(uint64_t v)
{
    return 63 - clz64(v);
}

static inline unsigned popcount64(uint64_t v)
{
    return (unsigned)__builtin_popcountll(v);
}

static inline bool is_pow2(uint64_t v)
{
    return v != 0 && (v & (v - 1)) == 0;
}

/* The smallest power of two that is not below v; v <= 2^31. 0 gives 1. */
static inline uint32_t round_up_pow2(uint32_t v)
{
    return v <= 1 ? 1 : UINT32_C(1) << (32 - clz32(v - 1));
}

/* v rounded up to a multiple of `align`, a power of two. */
static inline size_t align_up(size_t v, size_t align)
{
    return (v + align - 1) & ~(align - 1);
}

static inline uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline uint32_t max_u32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* v, but not below lo and not above hi; lo <= hi. */
static inline uint32_t clamp_u32(uint32_t v, uint32_t lo, uint32_t hi)
{
    return max_u32(lo, min_u32(v, hi));
}

static inline uint64_t clamp_u64(uint64_t v, uint64_t lo, uint64_t hi)
{
    return max_u64(lo, min_u64(v, hi));
}

#endif
