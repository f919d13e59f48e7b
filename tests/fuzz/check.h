/* tests/fuzz/check.h - what fuzz targets share: input in a block of its size, and checks that hold.
 */
#ifndef TARN_TESTS_FUZZ_CHECK_H
#define TARN_TESTS_FUZZ_CHECK_H

#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the process, as a sanitizer does, when the codec breaks its promise. */
#define REQUIRE(cond_) ((cond_) ? (void)0 : check_failed(__FILE__, __LINE__, #cond_))

_Noreturn static inline void check_failed(const char *file, int line, const char *text)
{
    (void)fprintf(stderr, "%s:%d: %s\n", file, line, text);
    abort();
}

/* A heap block of exactly the input, so that reading one byte too many is seen. The caller frees
 * it. */
static inline uint8_t *exact(const uint8_t *data, size_t n)
{
    uint8_t *p = calloc(n != 0 ? n : 1, 1);

    REQUIRE(p != NULL);
    if (n != 0)
        memcpy(p, data, n);
    return p;
}

/* Ended within its room, and printable. */
static inline void require_text(const char *text, size_t room)
{
    size_t n = 0;

    while (n < room && text[n] != '\0') {
        REQUIRE(text[n] >= ' ' && text[n] <= '~');
        n++;
    }
    REQUIRE(n < room);
}

#endif
