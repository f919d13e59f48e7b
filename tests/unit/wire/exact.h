/* tests/unit/wire/exact.h - input in a heap block of exactly its size, so that a sanitizer sees a
 * read of one byte too many. */
#ifndef TARN_TESTS_UNIT_WIRE_EXACT_H
#define TARN_TESTS_UNIT_WIRE_EXACT_H

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

/* The caller frees it. */
static inline uint8_t *exact(const uint8_t *from, size_t n)
{
    uint8_t *p = calloc(n != 0 ? n : 1, 1);

    CHECK(p != NULL);
    if (n != 0)
        memcpy(p, from, n);
    return p;
}

#endif
