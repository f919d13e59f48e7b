/* tests/fuzz/udp_fuzz.c - a header of UDP or UDP-Lite that is accepted is built again byte for
 * byte.
 */
#include "base/sum.h"
#include "tests/fuzz/check.h"
#include "wire/udp.h"

static void check_parser(enum wire_err (*parse)(struct udp_hdr *, const uint8_t *, size_t, size_t),
                         const uint8_t *p, size_t n)
{
    uint8_t once[UDP_HEADER_BYTES], twice[UDP_HEADER_BYTES];
    struct udp_hdr h;
    size_t bytes;

    if (parse(&h, p, n, n) != WIRE_OK)
        return;
    bytes = udp_build(once, &h);
    REQUIRE(bytes <= sizeof once);
    REQUIRE(parse(&h, once, bytes, n) == WIRE_OK);
    REQUIRE(udp_build(twice, &h) == bytes);
    REQUIRE(memcmp(once, twice, bytes) == 0);
    REQUIRE(memcmp(once, p, bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n);

    check_parser(udp_parse, p, n);
    check_parser(udplite_parse, p, n);
    REQUIRE(udp_checksum(sum_partial(p, n, 0)) != 0); /* 0 says: there is none */
    free(p);
    return 0;
}
