/* tests/unit/runner_cmocka.c - runs unit tests with cmocka, which also turns a crash into a
 * failure. */
#include "tests/unit/test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_CASES = 512, MAX_NAME = 256 };

/* What cmocka hands back to run_one() for each case. */
struct running {
    const struct test_case *c;
    struct CMUnitTest *test;
    char marked[MAX_NAME];
};

static const char *skip_reason;
static jmp_buf skip_end;

void test_fail(const char *file, int line, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    printf("# %s:%d: %s\n", file, line, text);
    fflush(stdout);
    _fail(file, line);
    abort();
}

void test_skip(const char *reason)
{
    skip_reason = reason;
    longjmp(skip_end, 1);
}

/* cmocka 1.1.5 reports its own skip as `not ok`; so a skipped case ends as a passed one, with TAP's
 * mark added to its name. */
static void run_one(void **state)
{
    struct running *running = *state;

    if (setjmp(skip_end) == 0) {
        running->c->run();
        return;
    }
    snprintf(running->marked, MAX_NAME, "%s # SKIP %s", running->c->name, skip_reason);
    running->test->name = running->marked;
}

int test_main(const struct test_case *cases, const char *only)
{
    static struct CMUnitTest tests[MAX_CASES];
    static struct running running[MAX_CASES];
    size_t n = 0;

    for (const struct test_case *c = cases; c->name != NULL; c++) {
        if (only != NULL && strncmp(c->name, only, strlen(only)) != 0)
            continue;
        if (n == MAX_CASES) {
            fprintf(stderr, "runner_cmocka: more than %d tests in one file\n", MAX_CASES);
            return 1;
        }
        running[n] = (struct running){.c = c, .test = &tests[n]};
        tests[n] = (struct CMUnitTest){
            .name = c->name, .test_func = run_one, .initial_state = &running[n]};
        n++;
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return n == 0 ? 0 : _cmocka_run_group_tests("tests", tests, n, NULL, NULL) != 0;
}
