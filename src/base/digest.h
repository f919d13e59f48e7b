/* base/digest.h - what MD5 and SHA-1 have in common: blocks of 64 bytes, and how the last is
 * filled. */
#ifndef TARN_BASE_DIGEST_H
#define TARN_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_BLOCK_BYTES = 64, DIGEST_WORDS = 5 };

struct digest {
    uint32_t state[DIGEST_WORDS];
    uint64_t bytes; /* taken in so far */
    uint8_t block[DIGEST_BLOCK_BYTES];
};

typedef void (*digest_fn)(uint32_t *state, const uint8_t *block);

/* Takes in n bytes; each block that is full goes to `compress`. */
void digest_add(struct digest *d, digest_fn compress, const void *data, size_t n);

/* Takes in a bit of one, bits of zero, and `length`, so that the last block is full (RFC 1321 3.1,
 * 3.2; FIPS 180-4 5.1.1). */
void digest_end(struct digest *d, digest_fn compress, const uint8_t length[8]);

#endif
