/* tests/fuzz/ip6_fuzz.c - an IPv6 header that is accepted is built again byte for byte; the walk
 * over the extension headers behind it, and over their options, stays within them. */
#include "base/bytes.h"
#include "tests/fuzz/check.h"
#include "wire/ip6_ext.h"

static void rebuild(const uint8_t *p, size_t n)
{
    uint8_t once[IP6_HEADER_BYTES], twice[IP6_HEADER_BYTES];
    struct ip6_hdr h;
    size_t bytes;

    REQUIRE(ip6_parse(&h, p, n, n) == WIRE_OK);
    bytes = ip6_build(once, &h);
    REQUIRE(bytes <= sizeof once);
    REQUIRE(ip6_parse(&h, once, bytes, n) == WIRE_OK);
    REQUIRE(ip6_build(twice, &h) == bytes);
    REQUIRE(memcmp(once, twice, bytes) == 0);
    REQUIRE(memcmp(once, p, bytes) == 0);
}

/* The options of one header, in a block of its own size. */
static void walk_options(const uint8_t *data, size_t n)
{
    uint8_t *header = exact(data, n);
    enum ip6_option_step step;
    struct ip6_option o;
    size_t at = 2, before = at;

    while ((step = ip6_option_next(header, n, &at, &o)) == IP6_OPTION_HERE) {
        REQUIRE(o.at >= before && at == o.at + (size_t)2 + o.n && at <= n);
        REQUIRE(o.data == header + o.at + 2 && o.type == header[o.at]);
        REQUIRE(o.type != IP6_OPT_PAD1 && o.type != IP6_OPT_PADN);
        REQUIRE(ip6_option_action(o.type) <= IP6_UNKNOWN_REPORT_UNICAST);
        before = at;
    }
    REQUIRE(step == IP6_OPTION_END ? at == n : at < n);
    free(header);
}

/* All but its reserved bits comes back. */
static uint8_t walk_fragment(const uint8_t *p)
{
    uint8_t built[IP6_FRAGMENT_BYTES];
    struct ip6_fragment f;

    ip6_fragment_parse(&f, p);
    REQUIRE(f.frag_bytes % 8 == 0);
    ip6_fragment_build(built, &f);
    REQUIRE(built[0] == p[0] && built[1] == 0 && memcmp(built + 4, p + 4, 4) == 0);
    REQUIRE(load_be16(built + 2) == (load_be16(p + 2) & 0xfff9));
    return f.next;
}

static void walk_headers(uint8_t next, const uint8_t *p, size_t n)
{
    while (ip6_is_extension(next) && n >= IP6_EXT_UNIT) {
        struct ip6_ext h;

        if (next == IP6_FRAGMENT) {
            next = walk_fragment(p);
            p += IP6_FRAGMENT_BYTES;
            n -= IP6_FRAGMENT_BYTES;
            continue;
        }
        if (ip6_ext_parse(&h, p, n) != WIRE_OK)
            return;
        REQUIRE(h.bytes >= IP6_EXT_UNIT && h.bytes <= n && h.bytes % IP6_EXT_UNIT == 0);
        if (next != IP6_ROUTING)
            walk_options(p, h.bytes);
        next = h.next;
        p += h.bytes;
        n -= h.bytes;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *p = exact(data, n);
    struct ip6_hdr h;

    if (ip6_parse(&h, p, n, n) == WIRE_OK) {
        rebuild(p, n);
        walk_headers(h.next, p + IP6_HEADER_BYTES, h.payload_bytes);
    }
    free(p);
    return 0;
}
