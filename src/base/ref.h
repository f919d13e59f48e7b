/* base/ref.h - references: how objects of an arena name each other, by distance and not by address.
 *
 * A reference (a uint32_t, in names and comments: ref) is the signed distance of an object from the
 * arena's base in units of 16 bytes, so it reaches 32 GiB to either side and the whole arena may be
 * copied to another address between two calls. 0 is "none": no object begins at the base itself.
 * Whoever follows a ref knows the base (it is the stack). Why not pointers:
 * docs/decisions/001-references.md. */
#ifndef TARN_BASE_REF_H
#define TARN_BASE_REF_H

#include "base/assert.h"

#include <stddef.h>
#include <stdint.h>

enum { REF_UNIT = 16, REF_SHIFT = 4 };

/* Marks the end of a list; no object may have it (arena_give() refuses memory that far away). */
#define REF_END UINT32_C(0x80000000)

/* The object; r is neither 0 nor REF_END (asserted). The result of a const base is as writable as
 * the object is: base only says where to measure from. */
static inline void *ref_at(const void *base, uint32_t r)
{
    union {
        const void *asked;
        char *at;
    } p = {.asked = base};

    tarn_assert(r != 0 && r != REF_END);
    return p.at + (ptrdiff_t)(int32_t)r * REF_UNIT;
}

/* The object, or NULL for 0 and REF_END. */
static inline void *ref_ptr(const void *base, uint32_t r)
{
    return (r & ~REF_END) != 0 ? ref_at(base, r) : NULL;
}

/* The ref of an object that lies at a multiple of 16 bytes from base (asserted); 0 for NULL. The
 * shift of a negative number is arithmetic in every compiler we build with. */
static inline uint32_t ref_of(const void *base, const void *obj)
{
    intptr_t distance = (intptr_t)((uintptr_t)obj - (uintptr_t)base);

    tarn_assert(obj == NULL || distance % REF_UNIT == 0);
    return obj != NULL ? (uint32_t)(distance >> REF_SHIFT) : 0;
}

#endif
