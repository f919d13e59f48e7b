/* base/rng.c - SipHash-2-4 in counter mode. */
#include "base/rng.h"

#include "base/assert.h"
#include "base/bytes.h"

void rng_init(struct rng *r, const uint8_t seed[32], uint64_t stream_id)
{
    struct sip_key first = sip_key_load(seed), second = sip_key_load(seed + 16);
    uint64_t id[2] = {stream_id, 0};

    /* Both halves of the seed must be known to know the key of any one stream. */
    for (unsigned i = 0; i < 2; i++) {
        id[1] = i;
        r->key.k[i] = siphash_words(&first, id, 2) ^ siphash_words(&second, id, 2);
    }
    r->stream = stream_id;
    r->counter = 0;
}

uint64_t rng_u64(struct rng *r)
{
    uint64_t words[2] = {r->stream, r->counter++};

    return siphash_words(&r->key, words, 2);
}

uint32_t rng_u32(struct rng *r)
{
    return (uint32_t)rng_u64(r);
}

/* Multiply and take the high half; the few low halves that would make some results more likely than
 * others are drawn again (Lemire, ACM TOMACS 29(1), 2019). */
uint32_t rng_below(struct rng *r, uint32_t n)
{
    uint64_t product;
    uint32_t biased;

    tarn_assert(n != 0);
    biased = (UINT32_MAX - n + 1) % n;
    do
        product = (uint64_t)rng_u32(r) * n;
    while ((uint32_t)product < biased);
    return (uint32_t)(product >> 32);
}

void rng_bytes(struct rng *r, void *out, size_t n)
{
    uint8_t *p = out, block[8];

    for (; n > 0; p += sizeof block, n -= sizeof block) {
        store_le64(block, rng_u64(r));
        if (n < sizeof block) {
            memcpy(p, block, n);
            return;
        }
        memcpy(p, block, sizeof block);
    }
}
