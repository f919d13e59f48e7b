/* tests/fuzz/icmp_fuzz.c - an ICMP header comes back from what is built of it. */
#include "tests/fuzz/check.h"
#include "wire/icmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n), once[ICMP_HEADER_BYTES], twice[ICMP_HEADER_BYTES];
    struct icmp_hdr h;

    if (icmp_parse(&h, p, n) == WIRE_OK) {
        size_t bytes = icmp_build(once, &h, 0);

        REQUIRE(bytes <= sizeof once);
        REQUIRE(icmp_parse(&h, once, bytes) == WIRE_OK);
        REQUIRE(icmp_build(twice, &h, 0) == bytes);
        REQUIRE(memcmp(once, twice, bytes) == 0);
        REQUIRE(!icmp_is_error(h.type) || (h.type != ICMP_ECHO && h.type != ICMP_ECHO_REPLY));
    }
    free(p);
    return 0;
}
