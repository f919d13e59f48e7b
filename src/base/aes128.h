/* base/aes128.h - AES with keys of 128 bits (FIPS 197) and CMAC over it (RFC 4493), for the
 * signatures of RFC 5926. */
#ifndef TARN_BASE_AES128_H
#define TARN_BASE_AES128_H

#include <stddef.h>
#include <stdint.h>

enum { AES128_BYTES = 16, AES128_ROUNDS = 10 };

struct aes128 {
    uint8_t round[AES128_ROUNDS + 1][AES128_BYTES];
};

void aes128_init(struct aes128 *a, const uint8_t key[AES128_BYTES]);
/* One block, in place. */
void aes128_encrypt(const struct aes128 *a, uint8_t block[AES128_BYTES]);

struct cmac_aes128 {
    struct aes128 aes;
    uint8_t chain[AES128_BYTES], block[AES128_BYTES];
    size_t held; /* bytes of `block` that are filled; the last block waits for the end */
};

/* The code of what is added, in as many pieces as one likes. */
void cmac_aes128_init(struct cmac_aes128 *c, const uint8_t key[AES128_BYTES]);
void cmac_aes128_add(struct cmac_aes128 *c, const void *data, size_t n);
void cmac_aes128_end(struct cmac_aes128 *c, uint8_t out[AES128_BYTES]);

#endif
