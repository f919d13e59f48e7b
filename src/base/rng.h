/* base/rng.h - random numbers that a peer cannot predict and a test can repeat.
 *
 * SipHash-2-4 in counter mode, keyed from the stack's seed. Each component owns a stream, and an
 * object that must not disturb others (a connection) may have its own: what one draws does not
 * change what another one gets. */
#ifndef TARN_BASE_RNG_H
#define TARN_BASE_RNG_H

#include "base/siphash.h"

struct rng {
    struct sip_key key;
    uint64_t stream, counter;
};

/* Streams with different ids, or different seeds, are independent of each other. */
void rng_init(struct rng *r, const uint8_t seed[32], uint64_t stream_id);

uint64_t rng_u64(struct rng *r);
uint32_t rng_u32(struct rng *r);

/* Uniform in [0, n), without bias; n must not be 0 (asserted). */
uint32_t rng_below(struct rng *r, uint32_t n);

/* n random bytes. */
void rng_bytes(struct rng *r, void *out, size_t n);

#endif
