/* base/target.h - what the compiler and the machine are: the one place in base that asks. */
#ifndef TARN_BASE_TARGET_H
#define TARN_BASE_TARGET_H

/* Whether checks of our own reasoning are made (base/assert.h). */
#ifdef NDEBUG
enum { TARN_DEBUG = 0 };
#else
enum { TARN_DEBUG = 1 };
#endif

/* Before a function that is to be compiled for AVX2 whatever the rest is compiled for. Other
 * machines compile the same vector code to what they have. */
#if defined(__x86_64__) || defined(__i386__)
#define TARGET_AVX2 __attribute__((target("avx2")))
#else
#define TARGET_AVX2
#endif

#endif
