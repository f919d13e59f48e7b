/* base/sum_avx2.c - the sum of long pieces, eight 32-bit words at a time.
 *
 * Written with the compilers' vector types: every machine compiles it and gets the same result, but
 * only on one with AVX2 is it the quick way. */
#include "base/sum_avx2.h"

#include "base/target.h"

#include <string.h>

typedef uint64_t lanes __attribute__((vector_size(32)));

/* Each 64-bit lane takes a 32-bit word from its lower and one from its upper half per step, so it
 * has room for 2^31 steps. */
TARGET_AVX2 uint64_t sum_avx2(const uint8_t *at, size_t n)
{
    const lanes low = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    lanes even = {0, 0, 0, 0}, odd = {0, 0, 0, 0}, a, b;

    for (size_t i = 0; i < n; i += SUM_AVX2_STEP) {
        memcpy(&a, at + i, sizeof a);
        memcpy(&b, at + i + sizeof a, sizeof b);
        even += (a & low) + (b & low);
        odd += (a >> 32) + (b >> 32);
    }
    even += odd;
    return even[0] + even[1] + even[2] + even[3];
}
