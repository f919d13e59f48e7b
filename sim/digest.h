/* sim/digest.h - a number that stands for all that has happened in a run: equal runs have equal
 * digests, on every machine. Not a cryptographic hash. */
#ifndef TARN_SIM_DIGEST_H
#define TARN_SIM_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct sim_digest {
    uint64_t sum;
};

/* All zero is a digest of nothing. Numbers count by value, so byte order does not show. */
void sim_digest_u64(struct sim_digest *d, uint64_t value);
void sim_digest_bytes(struct sim_digest *d, const void *bytes, size_t n);

#endif
