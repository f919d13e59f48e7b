/* base/siphash.c - SipHash-2-4. */
#include "base/siphash.h"

#include "base/bytes.h"

struct state {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t v, unsigned bits)
{
    return v << bits | v >> (64 - bits);
}

static void rounds(struct state *s, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 = rotate(s->v2, 32);
    }
}

static struct state start(const struct sip_key *key)
{
    return (struct state){
        .v0 = key->k[0] ^ UINT64_C(0x736f6d6570736575),
        .v1 = key->k[1] ^ UINT64_C(0x646f72616e646f6d),
        .v2 = key->k[0] ^ UINT64_C(0x6c7967656e657261),
        .v3 = key->k[1] ^ UINT64_C(0x7465646279746573),
    };
}

static void compress(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    rounds(s, 2);
    s->v0 ^= word;
}

static uint64_t finish(struct state *s, uint64_t last)
{
    compress(s, last);
    s->v2 ^= 0xff;
    rounds(s, 4);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

struct sip_key sip_key_load(const uint8_t bytes[16])
{
    return (struct sip_key){{load_le64(bytes), load_le64(bytes + 8)}};
}

uint64_t siphash24(const struct sip_key *key, const void *data, size_t n)
{
    const uint8_t *p = data;
    struct state s = start(key);
    uint64_t last = (uint64_t)n << 56;

    for (; n >= 8; p += 8, n -= 8)
        compress(&s, load_le64(p));
    for (size_t i = 0; i < n; i++)
        last |= (uint64_t)p[i] << (8 * i);
    return finish(&s, last);
}

uint64_t siphash_words(const struct sip_key *key, const uint64_t *words, size_t n)
{
    struct state s = start(key);

    for (size_t i = 0; i < n; i++)
        compress(&s, words[i]);
    return finish(&s, (uint64_t)n * 8 << 56);
}
