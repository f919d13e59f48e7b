/* tests/fuzz/icmp6_fuzz.c - an ICMPv6 header comes back from what is built of it; the walk over a
 * quoted packet stays within it. */
#include "tests/fuzz/check.h"
#include "wire/icmp6.h"

static void rebuild(struct icmp6_hdr h)
{
    uint8_t once[ICMP6_HEADER_BYTES], twice[ICMP6_HEADER_BYTES];
    size_t bytes = icmp6_build(once, &h, 0);

    REQUIRE(bytes == sizeof once);
    REQUIRE(icmp6_parse(&h, once, bytes) == WIRE_OK);
    REQUIRE(icmp6_build(twice, &h, 0) == bytes);
    REQUIRE(memcmp(once, twice, bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n), *quoted;
    struct icmp6_quote q;
    struct icmp6_hdr h;

    if (icmp6_parse(&h, p, n) == WIRE_OK) {
        rebuild(h);
        quoted = exact(p + ICMP6_HEADER_BYTES, n - ICMP6_HEADER_BYTES);
        if (icmp6_parse_quote(&q, quoted, n - ICMP6_HEADER_BYTES)) {
            REQUIRE(q.header_bytes >= IP6_HEADER_BYTES);
            REQUIRE(q.header_bytes < n - ICMP6_HEADER_BYTES);
        }
        free(quoted);
    }
    free(p);
    return 0;
}
