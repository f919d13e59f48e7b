/* tests/fuzz/ip6_fuzz.c - an IPv6 header that is accepted is built again byte for byte. */
#include "tests/fuzz/check.h"
#include "wire/ip6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n), once[IP6_HEADER_BYTES], twice[IP6_HEADER_BYTES];
    struct ip6_hdr h;

    if (ip6_parse(&h, p, n, n) == WIRE_OK) {
        size_t bytes = ip6_build(once, &h);

        REQUIRE(bytes <= sizeof once);
        REQUIRE(ip6_parse(&h, once, bytes, n) == WIRE_OK);
        REQUIRE(ip6_build(twice, &h) == bytes);
        REQUIRE(memcmp(once, twice, bytes) == 0);
        REQUIRE(memcmp(once, p, bytes) == 0);
    }
    free(p);
    return 0;
}
