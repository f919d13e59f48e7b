/* base/md5.h - MD5 (RFC 1321). Broken as a hash; here only because RFC 2385 signs with it. */
#ifndef TARN_BASE_MD5_H
#define TARN_BASE_MD5_H

#include "base/digest.h"

enum { MD5_BYTES = 16, MD5_BLOCK_BYTES = DIGEST_BLOCK_BYTES };

struct md5 {
    struct digest digest;
};

/* The digest of what is added, in as many pieces as one likes. */
void md5_init(struct md5 *m);
void md5_add(struct md5 *m, const void *data, size_t n);
void md5_end(struct md5 *m, uint8_t out[MD5_BYTES]);

#endif
