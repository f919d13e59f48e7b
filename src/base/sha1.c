/* base/sha1.c - SHA-1 (FIPS 180-4) and HMAC-SHA-1 (RFC 2104). */
#include "base/sha1.h"

#include "base/bytes.h"

static uint32_t rotate(uint32_t v, unsigned bits)
{
    return v << bits | v >> (32 - bits);
}

/* FIPS 180-4 4.1.1 and 4.2.1: the function of a round and its constant. */
static uint32_t mix(unsigned i, uint32_t b, uint32_t c, uint32_t d)
{
    switch (i / 20) {
    case 0: return ((b & c) | (~b & d)) + 0x5a827999;
    case 1: return (b ^ c ^ d) + 0x6ed9eba1;
    case 2: return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    default: return (b ^ c ^ d) + 0xca62c1d6;
    }
}

static void schedule(uint32_t w[80], const uint8_t *block)
{
    for (unsigned i = 0; i < 16; i++)
        w[i] = load_be32(block + (size_t)i * 4);
    for (unsigned i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
}

static void compress(uint32_t *state, const uint8_t *block)
{
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    uint32_t w[80];

    schedule(w, block);
    for (unsigned i = 0; i < 80; i++) {
        uint32_t t = rotate(a, 5) + mix(i, b, c, d) + e + w[i];

        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = t;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

void sha1_init(struct sha1 *s)
{
    s->digest =
        (struct digest){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
}

void sha1_add(struct sha1 *s, const void *data, size_t n)
{
    digest_add(&s->digest, compress, data, n);
}

void sha1_end(struct sha1 *s, uint8_t out[SHA1_BYTES])
{
    uint8_t length[8];

    store_be64(length, s->digest.bytes * 8);
    digest_end(&s->digest, compress, length);
    for (unsigned i = 0; i < 5; i++)
        store_be32(out + (size_t)i * 4, s->digest.state[i]);
}

/* HMAC: H(key ^ opad, H(key ^ ipad, data)). */

static void start(struct sha1 *s, const uint8_t key[SHA1_BLOCK_BYTES], uint8_t with)
{
    uint8_t pad[SHA1_BLOCK_BYTES];

    for (unsigned i = 0; i < SHA1_BLOCK_BYTES; i++)
        pad[i] = key[i] ^ with;
    sha1_init(s);
    sha1_add(s, pad, sizeof pad);
}

void hmac_sha1_init(struct hmac_sha1 *h, const void *key, size_t n)
{
    uint8_t block[SHA1_BLOCK_BYTES] = {0};

    if (n > SHA1_BLOCK_BYTES) {
        sha1_init(&h->inner);
        sha1_add(&h->inner, key, n);
        sha1_end(&h->inner, block);
    } else if (n > 0) {
        memcpy(block, key, n);
    }
    start(&h->inner, block, 0x36);
    start(&h->outer, block, 0x5c);
}

void hmac_sha1_add(struct hmac_sha1 *h, const void *data, size_t n)
{
    sha1_add(&h->inner, data, n);
}

void hmac_sha1_end(struct hmac_sha1 *h, uint8_t out[SHA1_BYTES])
{
    uint8_t digest[SHA1_BYTES];

    sha1_end(&h->inner, digest);
    sha1_add(&h->outer, digest, sizeof digest);
    sha1_end(&h->outer, out);
}
