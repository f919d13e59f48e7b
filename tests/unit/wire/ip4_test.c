/* Tests of wire/ip4.h, wire/ip6.h. The first vector is the well-known example of the header
 * checksum (172.16.10.99 to 172.16.10.12, checksum 0xb1e6). */
#include "base/array.h"
#include "base/bytes.h"
#include "base/sum.h"
#include "tests/unit/wire/exact.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

static const uint8_t example[20] = {0x45, 0x00, 0x00, 0x3c, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x06,
                                    0xb1, 0xe6, 0xac, 0x10, 0x0a, 0x63, 0xac, 0x10, 0x0a, 0x0c};

static uint8_t header[60];

TEST(ip4, type_of_service_is_kept)
{
    struct ip4_hdr h = {.header_bytes = 20, .total_bytes = 20, .tos = 0xb8 | IP_ECN_CE}, out;

    ip4_build(header, &h);
    CHECK_EQ(header[1], 0xbb);
    CHECK_EQ(ip4_parse(&out, header, 20, 20), WIRE_OK);
    CHECK_EQ(out.tos, 0xbb);
}

/* A header with these options, padded with zeroes, in header[]; gives its length. */
static size_t with_options(const char *options, size_t n)
{
    struct ip4_hdr h = {.ttl = 64, .proto = IP_PROTO_UDP, .src = 0x0a000001, .dst = 0x0a000002};

    h.header_bytes = (uint8_t)(20 + (n + 3) / 4 * 4);
    h.total_bytes = (uint16_t)(h.header_bytes + 8);
    memcpy(h.options, options, n);
    return ip4_build(header, &h);
}

static enum wire_err parse_options(struct ip4_hdr *h, const char *options, size_t n)
{
    size_t bytes = with_options(options, n);
    uint8_t *p = exact(header, bytes);
    enum wire_err err = ip4_parse(h, p, bytes, 1500);

    free(p);
    return err;
}

#define OPTIONS(text_) text_, sizeof(text_) - 1

/* RFC 791 3.1. */
TEST(ip4, example_header)
{
    struct ip4_hdr h;
    uint8_t out[20];

    CHECK_EQ(ip4_parse(&h, example, 20, 60), WIRE_OK);
    CHECK_EQ(h.total_bytes, 60);
    CHECK_EQ(h.id, 0x1c46);
    CHECK(h.df && !h.mf);
    CHECK_EQ(h.frag_bytes, 0);
    CHECK_EQ(h.ttl, 64);
    CHECK_EQ(h.proto, IP_PROTO_TCP);
    CHECK_EQ(h.src, 0xac100a63);
    CHECK_EQ(h.dst, 0xac100a0c);
    CHECK_EQ(ip4_build(out, &h), 20);
    CHECK_MEM(out, example, 20);
}

TEST(ip4, every_truncation_has_its_reason)
{
    struct ip4_hdr h;

    for (size_t n = 0; n < 20; n++) {
        uint8_t *p = exact(example, n);

        CHECK_EQ(ip4_parse(&h, p, n, n), WIRE_IP4_SHORT);
        free(p);
    }
    for (size_t n = 20; n < 60; n++)
        CHECK_EQ(ip4_parse(&h, example, 20, n), WIRE_IP4_TOTAL_LENGTH);
    CHECK_EQ(ip4_parse(&h, example, 20, 64), WIRE_OK); /* link padding */
}

TEST(ip4, each_check_names_what_is_wrong)
{
    struct ip4_hdr h;
    uint8_t p[20];

    memcpy(p, example, 20);
    p[0] = 0x65;
    CHECK_EQ(ip4_parse(&h, p, 20, 60), WIRE_IP4_VERSION);
    p[0] = 0x44;
    CHECK_EQ(ip4_parse(&h, p, 20, 60), WIRE_IP4_HEADER_LENGTH);
    p[0] = 0x46;
    CHECK_EQ(ip4_parse(&h, p, 20, 60), WIRE_IP4_HEADER_LENGTH);
    p[0] = 0x45;
    p[3] = 19;
    CHECK_EQ(ip4_parse(&h, p, 20, 60), WIRE_IP4_TOTAL_LENGTH);
    p[3] = 0x3c;
    for (unsigned bit = 64; bit < 160; bit++) {
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK_EQ(ip4_parse(&h, p, 20, 60), WIRE_IP4_CHECKSUM);
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static enum wire_err parse_fragment(uint16_t frag_bytes, uint16_t payload, bool mf)
{
    struct ip4_hdr h = {.header_bytes = 20, .ttl = 1, .frag_bytes = frag_bytes, .mf = mf}, out;
    enum wire_err err;

    h.total_bytes = (uint16_t)(20 + payload);
    ip4_build(header, &h);
    err = ip4_parse(&out, header, 20, 65535);
    if (err == WIRE_OK) {
        CHECK_EQ(out.frag_bytes, frag_bytes);
        CHECK_EQ(out.mf, mf);
        CHECK(!out.df);
    }
    return err;
}

/* RFC 791 3.2. */
TEST(ip4, fragments_must_fit_together)
{
    CHECK_EQ(parse_fragment(0, 1480, true), WIRE_OK);
    CHECK_EQ(parse_fragment(1480, 5, false), WIRE_OK);
    CHECK_EQ(parse_fragment(1480, 5, true), WIRE_IP4_FRAGMENT);
    CHECK_EQ(parse_fragment(0, 5, true), WIRE_IP4_FRAGMENT);
    CHECK_EQ(parse_fragment(8, 0, false), WIRE_IP4_FRAGMENT);
    CHECK_EQ(parse_fragment(0, 0, false), WIRE_OK);
    CHECK_EQ(parse_fragment(65504, 11, false), WIRE_OK); /* ends at 65535 with its header */
    CHECK_EQ(parse_fragment(65504, 12, false), WIRE_IP4_FRAGMENT);
    CHECK_EQ(parse_fragment(65528, 8, false), WIRE_IP4_FRAGMENT);
}

/* RFC 791 3.1, RFC 2113, RFC 1108. */
TEST(ip4, options_are_seen)
{
    struct ip4_hdr h;

    CHECK_EQ(parse_options(&h, OPTIONS("\x94\x04\x00\x00")), WIRE_OK);
    CHECK_EQ(h.options_seen, IP4_OPT_ROUTER_ALERT);
    CHECK_EQ(parse_options(&h, OPTIONS("\x01\x83\x07\x04\x0a\x00\x00\x03")), WIRE_OK);
    CHECK_EQ(h.options_seen, IP4_OPT_SOURCE_ROUTE);
    CHECK_EQ(parse_options(&h, OPTIONS("\x07\x07\x04\0\0\0\0\x44\x0c\x05\x00\0\0\0\0\0\0\0\0")),
             WIRE_OK);
    CHECK_EQ(h.options_seen, IP4_OPT_RECORD_ROUTE | IP4_OPT_TIMESTAMP);
    CHECK_EQ(parse_options(&h, OPTIONS("\x82\x0b\0\0\0\0\0\0\0\0\0\x5e\x03\x00")), WIRE_OK);
    CHECK_EQ(h.options_seen, IP4_OPT_SECURITY | IP4_OPT_OTHER);
    CHECK_EQ(parse_options(&h, OPTIONS("\x44\x04\x05\x00\x01\x01\x5e\x02")), WIRE_OK);
    CHECK_EQ(h.options_seen, IP4_OPT_TIMESTAMP | IP4_OPT_OTHER); /* as short as they may be */
    CHECK_EQ(parse_options(&h, OPTIONS("\x01\x01\x00\xff\xff\xff\xff\xff")), WIRE_OK);
    CHECK_EQ(h.options_seen, 0); /* what follows the end of the list is padding */
}

TEST(ip4, malformed_options_are_refused)
{
    static const struct {
        const char *bytes;
        size_t n;
    } row[] = {
        {OPTIONS("\x94\x01\x00\x00")},             /* length below 2 */
        {OPTIONS("\x94\x00\x00\x00")},             /* length 0 */
        {OPTIONS("\x94\x05\x00\x00")},             /* beyond the header */
        {OPTIONS("\x01\x01\x01\x94")},             /* no length byte */
        {OPTIONS("\x94\xff\x00\x00")},             /* far beyond the header */
        {OPTIONS("\x94\x03\x00\x00")},             /* router alert of a wrong length */
        {OPTIONS("\x07\x02\x00\x00")},             /* no pointer */
        {OPTIONS("\x07\x03\x03\x00")},             /* pointer into itself */
        {OPTIONS("\x83\x03\x00\x00")},             /* pointer 0 */
        {OPTIONS("\x44\x04\x04\x00")},             /* pointer before the first stamp */
        {OPTIONS("\x44\x03\x05\x00")},             /* no flags */
        {OPTIONS("\x83\x03\x04\x89\x03\x04\0\0")}, /* loose and strict route */
        {OPTIONS("\x07\x03\x04\x07\x03\x04\0\0")}, /* twice */
    };
    struct ip4_hdr h;

    for (unsigned i = 0; i < ARRAY_LEN(row); i++)
        if (parse_options(&h, row[i].bytes, row[i].n) != WIRE_IP4_OPTION)
            test_fail(__FILE__, __LINE__, "row %u is not refused", i);
}

/* Any two bytes at the end of the longest header. */
TEST(ip4, no_option_reads_beyond_the_header)
{
    char options[40];
    struct ip4_hdr h;

    memset(options, 1, sizeof options);
    for (unsigned type = 0; type < 256; type++)
        for (unsigned length = 0; length<256; length += length> 8 ? 14 : 1) {
            struct ip4_option o;
            size_t at = 0;

            options[38] = (char)type;
            options[39] = (char)length;
            (void)parse_options(&h, options, sizeof options);
            while (ip4_option_next(&h, &at, &o))
                CHECK(o.data + o.n <= h.options + 40);
        }
}

TEST(ip4, copied_options_go_into_every_fragment)
{
    struct ip4_hdr h;
    uint8_t out[40];

    CHECK_EQ(parse_options(&h, OPTIONS("\x07\x03\x04\x01\x94\x04\0\0\x83\x07\x04\x0a\0\0\x01\0")),
             WIRE_OK);
    CHECK_EQ(ip4_options_for_fragment(out, &h), 12);
    CHECK_MEM(out, "\x94\x04\0\0\x83\x07\x04\x0a\0\0\x01\0", 12);
    CHECK_EQ(parse_options(&h, OPTIONS("\x07\x03\x04\0")), WIRE_OK);
    CHECK_EQ(ip4_options_for_fragment(out, &h), 0);
}

TEST(ip4, quoted_header_may_be_cut_and_altered)
{
    struct ip4_hdr h;
    uint8_t p[28] = {0};

    memcpy(p, example, 20);
    p[8] = 1; /* TTL of the far end; the checksum does not fit any more */
    CHECK_EQ(ip4_parse_quoted(&h, p, sizeof p), WIRE_OK);
    CHECK_EQ(h.total_bytes, 60);
    CHECK_EQ(h.dst, 0xac100a0c);
    CHECK_EQ(ip4_parse_quoted(&h, p, 19), WIRE_IP4_SHORT);
    p[0] = 0x4f;
    CHECK_EQ(ip4_parse_quoted(&h, p, sizeof p), WIRE_IP4_HEADER_LENGTH);
}

TEST(ip4, pseudo_sum_is_that_of_the_bytes)
{
    static const uint8_t pseudo[12] = {192, 0, 2, 1, 198, 51, 100, 2, 0, 17, 0xff, 0xf0};

    CHECK_EQ(sum_fold(ip4_pseudo_sum(0xc0000201, 0xc6336402, 17, 0xfff0)),
             sum_fold(sum_partial(pseudo, 12, 0)));
    CHECK_EQ(sum_fold(ip4_pseudo_sum(0, 0, 0, 0x30001)), 4);
}

/* RFC 8200 3. */
static const uint8_t six[40] = {0x6a, 0xb1, 0x23, 0x45,     0,    20, 6,   64,   0x20,
                                1,    0xd,  0xb8, [23] = 1, 0x20, 1,  0xd, 0xb8, [39] = 2};

TEST(ip6, round_trip)
{
    struct ip6_hdr h;
    uint8_t out[40];

    CHECK_EQ(ip6_parse(&h, six, 40, 60), WIRE_OK);
    CHECK_EQ(h.tclass, 0xab);
    CHECK_EQ(h.flow, 0x12345);
    CHECK_EQ(h.payload_bytes, 20);
    CHECK_EQ(h.next, IP_PROTO_TCP);
    CHECK_EQ(h.hops, 64);
    CHECK_EQ(h.dst[15], 2);
    CHECK_EQ(ip6_build(out, &h), 40);
    CHECK_MEM(out, six, 40);
}

TEST(ip6, refuses_short_version_and_length)
{
    struct ip6_hdr h;
    uint8_t p[40];

    for (size_t n = 0; n < 40; n++) {
        uint8_t *cut = exact(six, n);

        CHECK_EQ(ip6_parse(&h, cut, n, 60), WIRE_IP6_SHORT);
        free(cut);
    }
    CHECK_EQ(ip6_parse(&h, six, 40, 59), WIRE_IP6_LENGTH);
    memcpy(p, six, 40);
    p[5] = 0;
    CHECK_EQ(ip6_parse(&h, p, 40, 40), WIRE_OK);
    CHECK_EQ(ip6_parse(&h, p, 40, 39), WIRE_IP6_LENGTH);
    p[0] = 0x4a;
    CHECK_EQ(ip6_parse(&h, p, 40, 60), WIRE_IP6_VERSION);
}

/* RFC 8200 8.1. */
TEST(ip6, pseudo_sum_is_that_of_the_bytes)
{
    uint8_t pseudo[40] = {0};

    memcpy(pseudo, six + 8, 32);
    store_be32(pseudo + 32, 0x12345);
    pseudo[39] = 17;
    CHECK_EQ(sum_fold(ip6_pseudo_sum(six + 8, six + 24, 17, 0x12345)),
             sum_fold(sum_partial(pseudo, 40, 0)));
}
