/* sim/digest.c - a multiply-and-fold hash, eight bytes at a time. */
#include "sim/digest.h"

void sim_digest_u64(struct sim_digest *d, uint64_t value)
{
    uint64_t sum = (d->sum ^ value) * UINT64_C(0x9e3779b97f4a7c15);

    d->sum = sum ^ sum >> 29;
}

static uint64_t word(const uint8_t *at, size_t n)
{
    uint64_t value = 0;

    for (size_t i = 0; i < n; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

void sim_digest_bytes(struct sim_digest *d, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;

    sim_digest_u64(d, n);
    for (; n >= 8; at += 8, n -= 8)
        sim_digest_u64(d, word(at, 8));
    if (n > 0)
        sim_digest_u64(d, word(at, n));
}
