/* tests/unit/runner_small.c - runs unit tests with the C library alone. */
#include "tests/unit/test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum outcome { RUNNING, FAILED, SKIPPED };

static jmp_buf test_end;
static const char *skip_reason;

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    printf("# %s:%d: ", file, line);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    longjmp(test_end, FAILED);
}

void test_skip(const char *reason)
{
    skip_reason = reason;
    longjmp(test_end, SKIPPED);
}

static enum outcome run_one(const struct test_case *c)
{
    switch (setjmp(test_end)) {
    case RUNNING: c->run(); return RUNNING;
    case SKIPPED: return SKIPPED;
    default: return FAILED;
    }
}

int test_main(const struct test_case *cases, const char *only)
{
    int number = 0, failed = 0;

    for (const struct test_case *c = cases; c->name != NULL; c++) {
        enum outcome outcome;

        if (only != NULL && strncmp(c->name, only, strlen(only)) != 0)
            continue;
        outcome = run_one(c);
        failed += outcome == FAILED;
        printf("%s %d - %s", outcome == FAILED ? "not ok" : "ok", ++number, c->name);
        if (outcome == SKIPPED)
            printf(" # SKIP %s", skip_reason);
        printf("\n");
        fflush(stdout);
    }
    printf("1..%d\n", number);
    return failed != 0;
}
