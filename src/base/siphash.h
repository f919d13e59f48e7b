/* base/siphash.h - SipHash-2-4, a keyed hash that a peer without the key can neither predict nor
 * make collide (Aumasson and Bernstein, INDOCRYPT 2012). Same result on every machine. */
#ifndef TARN_BASE_SIPHASH_H
#define TARN_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct sip_key {
    uint64_t k[2];
};

/* A key from 16 bytes, as the paper writes it (little-endian). */
struct sip_key sip_key_load(const uint8_t bytes[16]);

/* The hash of n bytes. */
uint64_t siphash24(const struct sip_key *key, const void *data, size_t n);

/* The hash of n 64-bit words: equal to siphash24() of their little-endian bytes, but quicker for
 * tuples of numbers. */
uint64_t siphash_words(const struct sip_key *key, const uint64_t *words, size_t n);

#endif
