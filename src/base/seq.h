/* base/seq.h - sequence numbers of TCP: 32 bits that wrap (RFC 9293 3.4).
 *
 * A type of its own, so that the compiler refuses `<` and `-` on them. The order of two numbers is
 * meaningful only while they are less than 2^31 apart. */
#ifndef TARN_BASE_SEQ_H
#define TARN_BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t v;
} tcp_seq;

static inline tcp_seq seq(uint32_t v)
{
    return (tcp_seq){v};
}

/* s + n; n may be negative as a two's complement. */
static inline tcp_seq seq_add(tcp_seq s, uint32_t n)
{
    return seq(s.v + n);
}

static inline tcp_seq seq_sub(tcp_seq s, uint32_t n)
{
    return seq(s.v - n);
}

/* a - b: positive when a is later. */
static inline int32_t seq_diff(tcp_seq a, tcp_seq b)
{
    return (int32_t)(a.v - b.v);
}

static inline bool seq_eq(tcp_seq a, tcp_seq b)
{
    return a.v == b.v;
}

static inline bool seq_lt(tcp_seq a, tcp_seq b)
{
    return seq_diff(a, b) < 0;
}

static inline bool seq_leq(tcp_seq a, tcp_seq b)
{
    return seq_diff(a, b) <= 0;
}

static inline bool seq_gt(tcp_seq a, tcp_seq b)
{
    return seq_diff(a, b) > 0;
}

static inline bool seq_geq(tcp_seq a, tcp_seq b)
{
    return seq_diff(a, b) >= 0;
}

static inline tcp_seq seq_max(tcp_seq a, tcp_seq b)
{
    return seq_gt(a, b) ? a : b;
}

static inline tcp_seq seq_min(tcp_seq a, tcp_seq b)
{
    return seq_lt(a, b) ? a : b;
}

/* first <= s < first + size. */
static inline bool seq_in_window(tcp_seq s, tcp_seq first, uint32_t size)
{
    return s.v - first.v < size;
}

#endif
