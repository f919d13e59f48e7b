/* tests/fuzz/udp_fuzz.c - a UDP header that is accepted is built again byte for byte. */
#include "tests/fuzz/check.h"
#include "wire/udp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n), once[UDP_HEADER_BYTES], twice[UDP_HEADER_BYTES];
    struct udp_hdr h;

    if (udp_parse(&h, p, n, n) == WIRE_OK) {
        size_t bytes = udp_build(once, &h);

        REQUIRE(bytes <= sizeof once);
        REQUIRE(udp_parse(&h, once, bytes, n) == WIRE_OK);
        REQUIRE(udp_build(twice, &h) == bytes);
        REQUIRE(memcmp(once, twice, bytes) == 0);
        REQUIRE(memcmp(once, p, bytes) == 0);
    }
    free(p);
    return 0;
}
