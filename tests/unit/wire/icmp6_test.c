/* Tests of wire/icmp6.h. */
#include "wire/icmp6.h"

#include "base/sum.h"
#include "tests/unit/wire/exact.h"

/* The header of the message, built and read again. */
static struct icmp6_hdr round_trip(const struct icmp6_hdr *h)
{
    struct icmp6_hdr out;
    uint8_t p[ICMP6_HEADER_BYTES];

    CHECK_EQ(icmp6_build(p, h, 0), ICMP6_HEADER_BYTES);
    CHECK(sum_is_good(sum_partial(p, sizeof p, 0)));
    CHECK_EQ(icmp6_parse(&out, p, sizeof p), WIRE_OK);
    return out;
}

/* RFC 4443 3, 4: which fields a type has. */
TEST(icmp6, fields_by_type)
{
    struct icmp6_hdr echo = {.type = ICMP6_ECHO, .id = 0x1234, .seq = 5, .info = 9};
    struct icmp6_hdr big = {.type = ICMP6_PACKET_TOO_BIG, .info = 1280, .id = 7};
    struct icmp6_hdr problem = {.type = ICMP6_PARAMETER_PROBLEM, .code = 2, .info = 0x10002};
    struct icmp6_hdr port = {.type = ICMP6_UNREACHABLE, .code = ICMP6_PORT, .info = 1, .seq = 2};

    CHECK_EQ(round_trip(&echo).id, 0x1234);
    CHECK_EQ(round_trip(&echo).seq, 5);
    CHECK_EQ(round_trip(&echo).info, 0);
    CHECK_EQ(round_trip(&big).info, 1280);
    CHECK_EQ(round_trip(&big).id, 0);
    CHECK_EQ(round_trip(&problem).info, 0x10002);
    CHECK_EQ(round_trip(&problem).code, 2);
    CHECK_EQ(round_trip(&port).code, ICMP6_PORT);
    CHECK_EQ(round_trip(&port).info, 0);
    CHECK_EQ(round_trip(&port).seq, 0);
}

/* RFC 4443 2.1: the high bit of the type tells errors from the rest. */
TEST(icmp6, types_below_128_are_errors)
{
    CHECK(icmp6_is_error(ICMP6_UNREACHABLE) && icmp6_is_error(127));
    CHECK(!icmp6_is_error(ICMP6_ECHO) && !icmp6_is_error(255));
}

TEST(icmp6, every_truncation_is_short)
{
    static const uint8_t message[ICMP6_HEADER_BYTES] = {ICMP6_ECHO};
    struct icmp6_hdr h;

    for (size_t n = 0; n < sizeof message; n++) {
        uint8_t *cut = exact(message, n);

        CHECK_EQ(icmp6_parse(&h, cut, n), WIRE_ICMP_SHORT);
        free(cut);
    }
}

/* A header of IPv6 that names `next`, followed by n bytes; its length. */
static size_t packet(uint8_t *p, uint8_t next, const void *rest, size_t n)
{
    struct ip6_hdr h = {.next = next, .hops = 64, .payload_bytes = (uint16_t)n};
    size_t at = ip6_build(p, &h);

    memcpy(p + at, rest, n);
    return at + n;
}

/* Hop-by-hop options, destination options of 16 bytes, routing, the first fragment, authentication
 * of 12 bytes; and the beginning of UDP. */
TEST(icmp6, a_quote_is_walked_to_its_transport)
{
    static const uint8_t chain[] = {
        IP6_DEST_OPTIONS, 0, 1, 4, 0, 0, 0, 0, IP6_ROUTING, 1, 1,         12, [24] = IP6_FRAGMENT,
        [32] = 51,        0, 0, 1, 0, 0, 0, 9, 17,          1, [53] = 53, 0,  53};
    uint8_t p[128];
    size_t n = packet(p, IP6_HOP_BY_HOP, chain, sizeof chain);
    struct icmp6_quote q;

    CHECK(icmp6_parse_quote(&q, p, n));
    CHECK_EQ(q.proto, 17);
    CHECK_EQ(q.header_bytes, n - 4);
    CHECK(!q.later);
    for (size_t bytes = 0; bytes <= n - 4; bytes++) {
        uint8_t *cut = exact(p, bytes);

        CHECK(!icmp6_parse_quote(&q, cut, bytes));
        free(cut);
    }
}

TEST(icmp6, a_later_fragment_is_told)
{
    static const uint8_t chain[] = {17, 0, 0, 8, 0, 0, 0, 9, 0};
    uint8_t p[64];
    size_t n = packet(p, IP6_FRAGMENT, chain, sizeof chain);
    struct icmp6_quote q;

    CHECK(icmp6_parse_quote(&q, p, n));
    CHECK(q.later);
    CHECK_EQ(q.proto, 17);
    p[0] = 0x45;
    CHECK(!icmp6_parse_quote(&q, p, n));
}
