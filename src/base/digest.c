/* base/digest.c - see digest.h. */
#include "base/digest.h"

#include <string.h>

#include "base/bits.h"

enum { LENGTH_AT = 56 };

void digest_add(struct digest *d, digest_fn compress, const void *data, size_t n)
{
    const uint8_t *p = data;

    while (n > 0) {
        size_t at = d->bytes % DIGEST_BLOCK_BYTES, take = min_size(n, DIGEST_BLOCK_BYTES - at);

        memcpy(d->block + at, p, take);
        if (at + take == DIGEST_BLOCK_BYTES)
            compress(d->state, d->block);
        d->bytes += take;
        p += take;
        n -= take;
    }
}

void digest_end(struct digest *d, digest_fn compress, const uint8_t length[8])
{
    static const uint8_t pad[DIGEST_BLOCK_BYTES] = {0x80};
    size_t at = d->bytes % DIGEST_BLOCK_BYTES;

    digest_add(d, compress, pad, (at < LENGTH_AT ? LENGTH_AT : LENGTH_AT + sizeof pad) - at);
    digest_add(d, compress, length, 8);
}
