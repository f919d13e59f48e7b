/* tests/fuzz/eth_fuzz.c - an Ethernet header that is accepted is built again byte for byte. */
#include "tests/fuzz/check.h"
#include "wire/eth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n), once[ETH_MAX_BYTES], twice[ETH_MAX_BYTES];
    struct eth_hdr h;

    if (eth_parse(&h, p, n) == WIRE_OK) {
        size_t bytes = eth_build(once, &h);

        REQUIRE(bytes <= sizeof once);
        REQUIRE(eth_parse(&h, once, bytes) == WIRE_OK);
        REQUIRE(eth_build(twice, &h) == bytes);
        REQUIRE(memcmp(once, twice, bytes) == 0);
        REQUIRE(memcmp(once, p, bytes) == 0);
    }
    free(p);
    return 0;
}
