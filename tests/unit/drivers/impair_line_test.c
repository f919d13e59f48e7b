/* tests/unit/drivers/impair_line_test.c - the delay line: order of release, ties by arrival. */
#include "drivers/impair_line.h"

#include "tests/unit/test.h"

TEST(impair_line, empty_never_releases)
{
    struct impair_line line = {0};

    CHECK(impair_line_next(&line) == TARN_NEVER);
    CHECK(impair_line_pop(&line, TARN_NEVER) == NULL);
}

TEST(impair_line, nothing_comes_out_early)
{
    struct impair_line line = {0};
    int item;

    CHECK(impair_line_push(&line, 100, &item));
    CHECK_EQ(impair_line_next(&line), 100);
    CHECK(impair_line_pop(&line, 99) == NULL);
    CHECK(impair_line_pop(&line, 100) == &item);
    CHECK(impair_line_pop(&line, 100) == NULL);
    impair_line_fini(&line);
}

/* A thousand items, each time shared by about ten: sorted by time, and equal times by arrival. */
TEST(impair_line, order_of_release_then_of_arrival)
{
    static struct {
        tarn_ns release;
    } item[1000], *got, *last = NULL;
    struct impair_line line = {0};
    unsigned n = 0;

    for (unsigned i = 0; i < 1000; i++) {
        item[i].release = (i * 7919u) % 97;
        CHECK(impair_line_push(&line, item[i].release, &item[i]));
    }
    for (; (got = impair_line_pop(&line, TARN_NEVER)) != NULL; last = got, n++)
        if (last != NULL)
            CHECK(last->release < got->release || (last->release == got->release && last < got));
    CHECK_EQ(n, 1000);
    impair_line_fini(&line);
}
