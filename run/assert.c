/* run/assert.c - what a failed assertion of the core does in a host program: say where, and stop.
 *
 * Weak, so that a program with another idea (a test runner) defines its own. */
#include <stdio.h>
#include <stdlib.h>

#include "tarn/err.h"

__attribute__((weak)) void tarn_assert_fail(const char *file, int line, const char *text)
{
    (void)fprintf(stderr, "tarn: %s:%d: assertion failed: %s\n", file, line, text);
    abort();
}
