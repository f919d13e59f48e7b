/* drill/bytes.h - numbers in network order, and the Internet checksum (RFC 1071), for drill's own
 * codec. */
#ifndef TARN_DRILL_BYTES_H
#define TARN_DRILL_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline void put16(uint8_t *at, uint32_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static inline void put32(uint8_t *at, uint32_t v)
{
    put16(at, v >> 16);
    put16(at + 2, v);
}

static inline uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

/* The sum's complement, over what a first sum begins with. */
static inline uint16_t checksum(uint32_t sum, const uint8_t *at, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += get16(at + i);
    if (n % 2)
        sum += (uint32_t)at[n - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

#endif
