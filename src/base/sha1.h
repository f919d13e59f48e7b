/* base/sha1.h - SHA-1 (FIPS 180-4) and HMAC-SHA-1 (RFC 2104), for the signatures of RFC 5926. */
#ifndef TARN_BASE_SHA1_H
#define TARN_BASE_SHA1_H

#include "base/digest.h"

enum { SHA1_BYTES = 20, SHA1_BLOCK_BYTES = DIGEST_BLOCK_BYTES };

struct sha1 {
    struct digest digest;
};

/* The digest of what is added, in as many pieces as one likes. */
void sha1_init(struct sha1 *s);
void sha1_add(struct sha1 *s, const void *data, size_t n);
void sha1_end(struct sha1 *s, uint8_t out[SHA1_BYTES]);

struct hmac_sha1 {
    struct sha1 inner, outer;
};

/* The same with a key of any length. */
void hmac_sha1_init(struct hmac_sha1 *h, const void *key, size_t n);
void hmac_sha1_add(struct hmac_sha1 *h, const void *data, size_t n);
void hmac_sha1_end(struct hmac_sha1 *h, uint8_t out[SHA1_BYTES]);

#endif
