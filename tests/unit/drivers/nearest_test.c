/* tests/unit/drivers/nearest_test.c - which known name a mistyped one is taken for. */
#include "drivers/nearest.h"

#include "tests/unit/test.h"

static const char *nearest_of(const char *typed, const char *names)
{
    static char hint[96];
    struct nearest nearest = {.typed = typed};

    nearest_try_list(&nearest, names);
    return nearest_hint(&nearest, "", hint, sizeof hint);
}

TEST(nearest, one_letter_wrong_missing_or_added)
{
    CHECK_STR(nearest_of("delai", "delay,jitter,rate"), "; did you mean delay?");
    CHECK_STR(nearest_of("dely", "delay,jitter,rate"), "; did you mean delay?");
    CHECK_STR(nearest_of("delayy", "delay,jitter,rate"), "; did you mean delay?");
}

TEST(nearest, swapped_letters_are_one_mistake)
{
    CHECK_STR(nearest_of("dealy", "delay,jitter,rate"), "; did you mean delay?");
    CHECK_STR(nearest_of("ratte", "delay,jitter,rate"), "; did you mean rate?");
}

TEST(nearest, the_nearer_of_two)
{
    CHECK_STR(nearest_of("gatewai", "gatepost,gateway"), "; did you mean gateway?");
}

TEST(nearest, a_short_form_is_near)
{
    CHECK_STR(nearest_of("dup", "delay,duplicate"), "; did you mean duplicate?");
    CHECK_STR(nearest_of("dly", "delay,duplicate"), "; did you mean delay?");
    CHECK_STR(nearest_of("rn", "wire,run,drill"), "; did you mean run?");
    CHECK_STR(nearest_of("de", "duplicate,delay,demo"), "; did you mean demo?");
    CHECK_STR(nearest_of("el", "delay"), "");
}

TEST(nearest, capitals_are_no_mistake)
{
    CHECK_STR(nearest_of("DELAY", "delay,jitter,rate"), "; did you mean delay?");
    CHECK_STR(nearest_of("TAP", "tap"), "; did you mean tap?");
}

TEST(nearest, silent_when_nothing_is_near)
{
    CHECK_STR(nearest_of("loss", "delay,jitter,rate"), "");
    CHECK_STR(nearest_of("a", "delay,b"), "");
    CHECK_STR(nearest_of("x", ""), "");
}

TEST(nearest, very_long_names_are_passed_over)
{
    char typed[200];

    for (size_t i = 0; i < sizeof typed - 1; i++)
        typed[i] = 'a';
    typed[sizeof typed - 1] = '\0';
    CHECK_STR(nearest_of(typed, "aaaa"), "");
    CHECK_STR(nearest_of("aaaa", typed), "");
}
