/* base/fixed.c - wide products, quotients and roots without floating point. */
#include "base/fixed.h"

#include <stdbool.h>

struct wide {
    uint64_t high, low;
};

/* a * b, by halves: compilers for 32-bit machines have no 128-bit type. */
static struct wide multiply(uint64_t a, uint64_t b)
{
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0, cross = a1 * b0 + (low >> 32), middle = a0 * b1 + (uint32_t)cross;

    return (struct wide){
        .high = a1 * b1 + (cross >> 32) + (middle >> 32),
        .low = middle << 32 | (uint32_t)low,
    };
}

/* n / c for n.high < c, bit by bit. */
static uint64_t divide(struct wide n, uint64_t c)
{
    uint64_t quotient = 0;

    for (unsigned i = 0; i < 64; i++) {
        bool carry = n.high >> 63 != 0;

        n.high = n.high << 1 | n.low >> 63;
        n.low <<= 1;
        quotient <<= 1;
        if (carry || n.high >= c) {
            n.high -= c;
            quotient |= 1;
        }
    }
    return quotient;
}

uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c)
{
    struct wide product = multiply(a, b);

    if (product.high >= c)
        return UINT64_MAX;
    return product.high != 0 ? divide(product, c) : product.low / c;
}

uint32_t cube_root(uint64_t v)
{
    uint64_t root = 0;

    /* The largest root is 2642245, of 22 bits; its cube fits in 64. */
    for (unsigned bit = 22; bit-- > 0;) {
        uint64_t next = root | UINT64_C(1) << bit;

        if (next <= 2642245 && next * next * next <= v)
            root = next;
    }
    return (uint32_t)root;
}
