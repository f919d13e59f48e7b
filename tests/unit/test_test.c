/* tests/unit/test_test.c - each check of test.h ends a test when it does not hold. */
#include "tests/unit/test.h"

TEST(checks, pass_when_they_hold)
{
    CHECK(1 + 1 == 2);
    CHECK_EQ(UINT32_MAX, 4294967295LL);
    CHECK_STR("tarn", "tarn");
    CHECK_MEM("abc", "abd", 2);
}
