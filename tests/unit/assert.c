/* tests/unit/assert.c - a failed tarn_assert() in a unit test ends the test. */
#include "base/assert.h"
#include "tests/unit/test.h"

_Noreturn void tarn_assert_fail(const char *file, int line, const char *text)
{
    test_fail(file, line, "assertion: %s", text);
}
