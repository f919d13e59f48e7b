/* Tests of base/fixed.h and base/bits.h at their edges, and against their definitions. */
#include "base/bits.h"
#include "base/fixed.h"
#include "base/rng.h"
#include "tests/unit/test.h"

TEST(fixed, mul_div_at_the_edges)
{
    CHECK(mul_div(0, 5, 7) == 0);
    CHECK(mul_div(10, 10, 3) == 33);
    CHECK(mul_div(UINT64_MAX, UINT64_MAX, UINT64_MAX) == UINT64_MAX);
    CHECK(mul_div(UINT64_MAX, 2, 2) == UINT64_MAX);
    CHECK(mul_div(UINT64_MAX, UINT64_MAX - 1, UINT64_MAX) == UINT64_MAX - 1);
    CHECK(mul_div(UINT64_MAX, 3, 2) == UINT64_MAX);
    CHECK(mul_div(5, 5, 0) == UINT64_MAX);
    CHECK(mul_div(UINT64_C(1) << 63, 6, 8) == UINT64_C(3) << 61);
}

/* q = a * b / c exactly when a * b = q * c + r with r < c; checked modulo 2^64, where a wrong q
 * shows. */
TEST(fixed, mul_div_is_the_quotient)
{
    static const uint8_t seed[32] = {8};
    struct rng r;

    rng_init(&r, seed, 0);
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t a = rng_u64(&r) >> rng_below(&r, 64), b = rng_u64(&r) >> rng_below(&r, 64);
        uint64_t c = rng_u64(&r) >> rng_below(&r, 64), q;

        if (c == 0)
            continue;
        q = mul_div(a, b, c);
        if (q == UINT64_MAX)
            continue;
        CHECK(a * b - q * c < c);
    }
}

TEST(fixed, cube_root_is_the_largest_that_fits)
{
    CHECK_EQ(cube_root(0), 0);
    CHECK_EQ(cube_root(7), 1);
    CHECK_EQ(cube_root(8), 2);
    CHECK_EQ(cube_root(UINT64_MAX), 2642245);
    for (uint64_t r = 1; r < 2642245; r += 991) {
        CHECK_EQ(cube_root(r * r * r), r);
        CHECK_EQ(cube_root(r * r * r - 1), r - 1);
    }
}

TEST(fixed, saturates)
{
    CHECK(add_sat(UINT64_MAX, 1) == UINT64_MAX);
    CHECK(add_sat(1, 2) == 3);
    CHECK(sub_sat(1, 2) == 0);
    CHECK(sub_sat(3, 2) == 1);
}

TEST(fixed, ewma_moves_towards_the_sample)
{
    CHECK(ewma(800, 1600, 3) == 900);
    CHECK(ewma(1600, 800, 3) == 1500);
    CHECK(ewma(800, 800, 3) == 800);
    CHECK(ewma(0, UINT64_MAX, 1) == UINT64_MAX / 2);
}

TEST(bits, rounding_and_logarithms)
{
    CHECK_EQ(round_up_pow2(0), 1);
    CHECK_EQ(round_up_pow2(1), 1);
    CHECK_EQ(round_up_pow2(3), 4);
    CHECK_EQ(round_up_pow2(4), 4);
    CHECK(round_up_pow2((UINT32_C(1) << 30) + 1) == UINT32_C(1) << 31);
    CHECK_EQ(log2_u32(1), 0);
    CHECK_EQ(log2_u32(UINT32_MAX), 31);
    CHECK_EQ(log2_u64(UINT64_C(1) << 40), 40);
    CHECK_EQ(ctz64(UINT64_C(1) << 40), 40);
    CHECK_EQ(popcount64(UINT64_MAX), 64);
    CHECK(is_pow2(64) && !is_pow2(0) && !is_pow2(65));
    CHECK_EQ(align_up(1, 16), 16);
    CHECK_EQ(align_up(16, 16), 16);
    CHECK_EQ(clamp_u32(5, 7, 9), 7);
    CHECK_EQ(clamp_u32(15, 7, 9), 9);
    CHECK_EQ(clamp_u64(8, 7, 9), 8);
}
