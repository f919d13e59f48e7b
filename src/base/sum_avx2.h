/* base/sum_avx2.h - the sum of long pieces in vectors of 256 bits; base/sum.c alone calls it. */
#ifndef TARN_BASE_SUM_AVX2_H
#define TARN_BASE_SUM_AVX2_H

#include <stddef.h>
#include <stdint.h>

enum { SUM_AVX2_STEP = 64 };

/* The sum of the 32-bit words of n bytes as the machine reads them, n a multiple of SUM_AVX2_STEP
 * below 2^34. */
uint64_t sum_avx2(const uint8_t *at, size_t n);

#endif
