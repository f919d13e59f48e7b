/* The byte pattern that the end-to-end programs send: byte i depends on i alone, so that a
 * receiver can tell a lost, doubled or reordered byte from the offset at which it looks. */
#ifndef TARN_TESTS_E2E_PATTERN_H
#define TARN_TESTS_E2E_PATTERN_H

#include <stddef.h>
#include <stdint.h>

static inline unsigned char pattern_at(uint64_t i)
{
    return (unsigned char)(i * 7 + i / 251 + i / 65521);
}

/* Fills p with the n pattern bytes that start at offset `from`. */
static inline void pattern_fill(unsigned char *p, size_t n, uint64_t from)
{
    for (size_t i = 0; i < n; i++)
        p[i] = pattern_at(from + i);
}

/* Returns how many of the n bytes at p continue the pattern from offset `from`. */
static inline size_t pattern_match(const unsigned char *p, size_t n, uint64_t from)
{
    size_t i = 0;

    while (i < n && p[i] == pattern_at(from + i))
        i++;
    return i;
}

#endif
