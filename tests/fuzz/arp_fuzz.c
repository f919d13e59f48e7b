/* tests/fuzz/arp_fuzz.c - an ARP packet that is accepted is built again byte for byte. */
#include "tests/fuzz/check.h"
#include "wire/arp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n), once[ARP_BYTES], twice[ARP_BYTES];
    struct arp_hdr h;

    if (arp_parse(&h, p, n) == WIRE_OK) {
        size_t bytes = arp_build(once, &h);

        REQUIRE(bytes <= sizeof once);
        REQUIRE(arp_parse(&h, once, bytes) == WIRE_OK);
        REQUIRE(arp_build(twice, &h) == bytes);
        REQUIRE(memcmp(once, twice, bytes) == 0);
        REQUIRE(memcmp(once, p, bytes) == 0);
    }
    free(p);
    return 0;
}
