/* Tests of base/sum.h: every implementation against the definition of RFC 1071, word by word. */
#include "base/bytes.h"
#include "base/rng.h"
#include "base/sum.h"
#include "tests/unit/test.h"

enum { MAX = 2048 };

static uint8_t data[MAX + 64];

/* The definition: add big-endian words with end-around carry. */
static uint16_t defined(const uint8_t *p, size_t n)
{
    uint32_t s = 0;

    for (size_t i = 0; i < n; i += 2) {
        s += (uint32_t)p[i] << 8 | (i + 1 < n ? p[i + 1] : 0u);
        s = (s & 0xffff) + (s >> 16);
    }
    return (uint16_t)s;
}

static void fill(uint64_t stream)
{
    static const uint8_t seed[32] = {3};
    struct rng r;

    rng_init(&r, seed, stream);
    rng_bytes(&r, data, sizeof data);
}

/* The AVX2 way where the processor has it (other machines compile it to what they have). */
static enum sum_impl best(void)
{
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_cpu_supports("avx2") ? SUM_AVX2 : SUM_PORTABLE;
#else
    return SUM_AVX2;
#endif
}

/* 0 and 65535 are the same number in one's complement. */
static bool same(uint16_t a, uint16_t b)
{
    return a % 65535 == b % 65535;
}

TEST(sum, example_of_rfc_1071)
{
    static const uint8_t p[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

    CHECK_EQ(sum_fold(sum_partial(p, sizeof p, 0)), 0xddf2);
    CHECK_EQ(sum_finish(sum_partial(p, sizeof p, 0)), 0x220d);
}

TEST(sum, every_length_and_alignment)
{
    fill(1);
    for (size_t off = 0; off < 9; off++)
        for (size_t n = 0; n < 400; n++) {
            uint16_t want = defined(data + off, n);

            CHECK(same(sum_fold(sum_partial(data + off, n, 0)), want));
            CHECK(same(sum_fold(sum_partial_by(best(), data + off, n, 0)), want));
        }
}

TEST(sum, long_runs_of_ones_do_not_overflow)
{
    static uint8_t ones[65535];
    uint32_t acc = UINT32_MAX;

    memset(ones, 0xff, sizeof ones);
    for (unsigned i = 0; i < 50; i++)
        acc = sum_partial_by(i % 2 ? best() : SUM_PORTABLE, ones, sizeof ones - 1, acc);
    CHECK_EQ(sum_fold(acc), 0xffff);
    CHECK_EQ(sum_fold(sum_partial(ones, 65535, 0)), 0xff00);
}

TEST(sum, pieces_add_up_at_odd_offsets)
{
    fill(3);
    for (size_t cut = 0; cut < 100; cut++) {
        uint32_t front = sum_partial(data, cut, 0), back = sum_partial(data + cut, 100 - cut, 0);

        CHECK(same(sum_fold(sum_add(front, sum_at(back, cut))), defined(data, 100)));
    }
}

TEST(sum, update_equals_a_new_sum)
{
    for (uint64_t stream = 10; stream < 60; stream++) {
        uint16_t before, field;
        uint32_t before4;

        fill(stream);
        field = sum_finish(sum_partial(data, 64, 0));
        before = load_be16(data + 20);
        store_be16(data + 20, load_be16(data + 100));
        field = sum_update16(field, before, load_be16(data + 20));
        CHECK_EQ(field, sum_finish(sum_partial(data, 64, 0)));
        before4 = load_be32(data + 30);
        store_be32(data + 30, load_be32(data + 104));
        field = sum_update32(field, before4, load_be32(data + 30));
        CHECK_EQ(field, sum_finish(sum_partial(data, 64, 0)));
    }
}

/* The case for which RFC 1624 corrects RFC 1141: the field must become 0, not 0xffff. */
TEST(sum, update_example_of_rfc_1624)
{
    CHECK_EQ(sum_update16(0xdd2f, 0x5555, 0x3285), 0x0000);
}

TEST(sum, good_is_good_and_a_flipped_bit_is_not)
{
    fill(4);
    store_be16(data + 10, 0);
    store_be16(data + 10, sum_finish(sum_partial(data, 40, 0)));
    CHECK(sum_is_good(sum_partial(data, 40, 0)));
    for (unsigned bit = 0; bit < 320; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(!sum_is_good(sum_partial(data, 40, 0)));
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
