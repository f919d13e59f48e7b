/* tests/unit/checks.c - the comparisons of test.h, for either runner. */
#include "tests/unit/test.h"

#include <string.h>

void test_check_eq(const char *file, int line, const char *what, long long got, long long want)
{
    if (got != want)
        test_fail(file, line, "%s is %lld (0x%llx), not %lld (0x%llx)", what, got,
                  (unsigned long long)got, want, (unsigned long long)want);
}

void test_check_str(const char *file, int line, const char *what, const char *got, const char *want)
{
    if (got == NULL || strcmp(got, want) != 0)
        test_fail(file, line, "%s is \"%s\", not \"%s\"", what, got ? got : "(null)", want);
}

void test_check_mem(const char *file, int line, const char *what, const void *got, const void *want,
                    size_t n)
{
    const unsigned char *a = got, *b = want;

    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            test_fail(file, line, "%s: byte %zu of %zu is 0x%02x, not 0x%02x", what, i, n, a[i],
                      b[i]);
}
