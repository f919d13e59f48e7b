/* tests/fuzz/ip4_fuzz.c - an IPv4 header that is accepted is built again byte for byte, but for its
 * reserved bit and a checksum of the other zero; its options lie inside it. A header that a corpus
 * cannot sign is also tried with its checksum made right. */
#include "base/bytes.h"
#include "base/sum.h"
#include "tests/fuzz/check.h"
#include "wire/ip4.h"

enum { FLAGS_AT = 6, CHECKSUM_AT = 10 };

static void walk_options(const struct ip4_hdr *h)
{
    const uint8_t *end = &h->options[h->header_bytes - IP4_HEADER_BYTES];
    uint8_t copied[IP4_OPTIONS_BYTES];
    struct ip4_option o;
    size_t at = 0;

    while (ip4_option_next(h, &at, &o))
        REQUIRE(o.data + o.n <= end);
    REQUIRE(ip4_options_for_fragment(copied, h) <= sizeof copied);
}

static void round_trip(const uint8_t *p, size_t n)
{
    uint8_t once[IP4_MAX_HEADER_BYTES], twice[IP4_MAX_HEADER_BYTES];
    struct ip4_hdr h;
    size_t bytes;

    if (ip4_parse(&h, p, n, n) != WIRE_OK)
        return;
    walk_options(&h);
    bytes = ip4_build(once, &h);
    REQUIRE(bytes <= n);
    REQUIRE(ip4_parse(&h, once, bytes, n) == WIRE_OK);
    REQUIRE(ip4_build(twice, &h) == bytes && memcmp(once, twice, bytes) == 0);
    if ((p[FLAGS_AT] & 0x80) == 0 && load_be16(p + CHECKSUM_AT) != 0xffff)
        REQUIRE(memcmp(once, p, bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n);
    struct ip4_hdr h;

    if (ip4_parse_quoted(&h, p, n) == WIRE_OK)
        walk_options(&h);
    round_trip(p, n);
    if (n >= IP4_HEADER_BYTES && (p[0] & 15u) * 4 <= n) {
        store_be16(p + CHECKSUM_AT, 0);
        store_be16(p + CHECKSUM_AT, sum_finish(sum_partial(p, (p[0] & 15u) * 4, 0)));
        round_trip(p, n);
    }
    free(p);
    return 0;
}
