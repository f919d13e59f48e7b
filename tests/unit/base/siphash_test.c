/* Tests of base/siphash.h and base/rng.h. The vectors are those of the SipHash paper's reference
 * implementation: key 00..0f, input 00, 00 01, ... */
#include "base/array.h"
#include "base/rng.h"
#include "base/siphash.h"
#include "tests/unit/test.h"

#include <stdbool.h>
#include <string.h>

static const uint8_t key_bytes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

TEST(siphash, agrees_with_the_reference)
{
    static const uint64_t want[] = {
        UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd), UINT64_C(0x0d6c8009d9a94f5a),
        UINT64_C(0x85676696d7fb7e2d), UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
        UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137), UINT64_C(0x93f5f5799a932462),
        UINT64_C(0x9e0082df0ba9e4b0), UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
        UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90), UINT64_C(0xf723ca908e7af2ee),
        UINT64_C(0xa129ca6149be45e5),
    };
    struct sip_key key = sip_key_load(key_bytes);
    uint8_t input[16];

    for (unsigned n = 0; n < ARRAY_LEN(want); n++) {
        input[n] = (uint8_t)n;
        CHECK(siphash24(&key, input, n) == want[n]);
    }
}

TEST(siphash, words_equal_their_little_endian_bytes)
{
    struct sip_key key = sip_key_load(key_bytes);
    uint64_t words[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    uint8_t bytes[16];

    for (unsigned i = 0; i < 16; i++)
        bytes[i] = (uint8_t)i;
    CHECK(siphash_words(&key, words, 2) == siphash24(&key, bytes, 16));
    CHECK(siphash_words(&key, words, 1) == siphash24(&key, bytes, 8));
}

TEST(rng, repeats_from_the_seed_and_differs_between_streams)
{
    uint8_t seed[32] = {1, 2, 3};
    struct rng a, b, c, d;

    rng_init(&a, seed, 1);
    rng_init(&b, seed, 1);
    rng_init(&c, seed, 2);
    seed[31] = 1;
    rng_init(&d, seed, 1);
    for (unsigned i = 0; i < 100; i++) {
        uint64_t v = rng_u64(&a);

        CHECK(v == rng_u64(&b));
        CHECK(v != rng_u64(&c));
        CHECK(v != rng_u64(&d));
    }
}

/* A fixed value, so that every machine is held to the same stream. */
TEST(rng, is_the_same_on_every_machine)
{
    static const uint8_t seed[32] = {42};
    struct rng r;
    uint8_t bytes[11];
    uint64_t digest = 0;

    rng_init(&r, seed, 5);
    for (unsigned i = 0; i < 1000; i++)
        digest = (digest ^ rng_u64(&r)) * UINT64_C(0x100000001b3);
    rng_bytes(&r, bytes, sizeof bytes);
    for (unsigned i = 0; i < sizeof bytes; i++)
        digest = (digest ^ bytes[i]) * UINT64_C(0x100000001b3);
    CHECK(digest == UINT64_C(0xfaee066389c56c05));
}

/* 7 does not divide 2^32; 70,000 draws, each value 10,000 times give or take five deviations. */
TEST(rng, below_is_uniform)
{
    static const uint8_t seed[32] = {9};
    unsigned count[7] = {0};
    struct rng r;

    rng_init(&r, seed, 0);
    for (unsigned i = 0; i < 70000; i++) {
        uint32_t v = rng_below(&r, 7);

        CHECK(v < 7);
        count[v]++;
    }
    for (unsigned i = 0; i < 7; i++)
        CHECK(count[i] > 10000 - 463 && count[i] < 10000 + 463);
}

/* Half of all 32-bit numbers are beyond the largest multiple of this n: without redrawing, the
 * lower half of the results would come up twice as often as the upper. */
TEST(rng, below_is_unbiased_for_large_bounds)
{
    static const uint8_t seed[32] = {9};
    const uint32_t n = UINT32_C(0xc0000000);
    unsigned third[3] = {0};
    struct rng r;

    rng_init(&r, seed, 0);
    for (unsigned i = 0; i < 30000; i++)
        third[rng_below(&r, n) >> 30]++;
    for (unsigned i = 0; i < 3; i++)
        CHECK(third[i] > 10000 - 409 && third[i] < 10000 + 409);
}

TEST(rng, below_one_is_zero)
{
    static const uint8_t seed[32];
    struct rng r;

    rng_init(&r, seed, 0);
    for (unsigned i = 0; i < 10; i++)
        CHECK_EQ(rng_below(&r, 1), 0);
}
