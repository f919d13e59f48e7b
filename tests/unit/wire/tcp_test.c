/* Tests of wire/tcp.h: what Linux sends, what it ignores, and what nobody should send. */
#include "base/array.h"
#include "base/bytes.h"
#include "tests/unit/wire/exact.h"
#include "wire/tcp.h"

/* A SYN as Linux sends it: mss 1460, sackOK, TS val 0x01020304 ecr 0, nop, wscale 7. */
static const uint8_t linux_syn[40] = {0xc0, 0x00, 0x00, 0x50, 0x11, 0x22, 0x33, 0x44, 0, 0,
                                      0,    0,    0xa0, 0x02, 0xfa, 0xf0, 0xbe, 0xef, 0, 0,
                                      2,    4,    0x05, 0xb4, 4,    2,    8,    10,   1, 2,
                                      3,    4,    0,    0,    0,    0,    1,    3,    3, 7};

/* An ACK as Linux sends it: nop, nop, TS; nop, nop, one SACK block. */
static const uint8_t linux_ack[44] = {0,    80, 0xc0, 0, 0, 0,  0, 1, 0,    0, 0, 2, 0xb0, 0x10, 1,
                                      0xf5, 0,  0,    0, 0, 1,  1, 8, 10,   0, 0, 0, 5,    0,    0,
                                      0,    6,  1,    1, 5, 10, 0, 0, 0x10, 0, 0, 0, 0x20, 0};

static uint8_t segment[60];

/* Parses a segment with these options, padded by zeroes, from a block of exactly its size. */
static struct tcp_opts parse_list(uint16_t flags, const char *list, size_t n)
{
    size_t bytes = 20 + (n + 3) / 4 * 4;
    struct tcp_hdr h;
    uint8_t *p;

    memset(segment, 0, sizeof segment);
    store_be16(segment + 12, (uint16_t)(bytes / 4 << 12 | flags));
    memcpy(segment + 20, list, n);
    p = exact(segment, bytes);
    CHECK_EQ(tcp_parse(&h, p, bytes), WIRE_OK);
    free(p);
    return h.opts;
}

#define LIST(text_) text_, sizeof(text_) - 1

TEST(tcp, syn_of_linux_round_trip)
{
    struct tcp_hdr h;
    uint8_t out[60];

    CHECK_EQ(tcp_parse(&h, linux_syn, sizeof linux_syn), WIRE_OK);
    CHECK_EQ(h.src_port, 0xc000);
    CHECK_EQ(h.dst_port, 80);
    CHECK_EQ(h.seq.v, 0x11223344);
    CHECK_EQ(h.flags, TCP_SYN);
    CHECK_EQ(h.window, 64240);
    CHECK_EQ(h.header_bytes, 40);
    CHECK(h.opts.has_mss && h.opts.has_wscale && h.opts.has_timestamps && h.opts.sack_permitted);
    CHECK_EQ(h.opts.mss, 1460);
    CHECK_EQ(h.opts.wscale, 7);
    CHECK_EQ(h.opts.ts_value, 0x01020304);
    CHECK_EQ(tcp_bytes(&h.opts), 40);
    CHECK_EQ(tcp_build(out, &h), 40);
    CHECK_MEM(out, linux_syn, 40);
}

TEST(tcp, ack_with_sack_round_trip)
{
    struct tcp_hdr h;
    uint8_t out[60];

    CHECK_EQ(tcp_parse(&h, linux_ack, sizeof linux_ack), WIRE_OK);
    CHECK_EQ(h.flags, TCP_ACK);
    CHECK_EQ(h.opts.n_sack, 1);
    CHECK_EQ(h.opts.sack[0].start.v, 0x1000);
    CHECK_EQ(h.opts.sack[0].end.v, 0x2000);
    CHECK_EQ(h.opts.ts_echo, 6);
    CHECK_EQ(tcp_build(out, &h), 44);
    CHECK_MEM(out, linux_ack, 44);
}

/* RFC 9293 3.1 and 3.2, RFC 7323 2.2 and 3.2, RFC 2018 2 and 3. */
TEST(tcp, all_combinations_come_back)
{
    for (unsigned mask = 0; mask < 128; mask++) {
        struct tcp_hdr h = {.flags = TCP_SYN | TCP_ACK | TCP_AE}, back;
        uint8_t out[60];
        size_t bytes;

        h.opts = (struct tcp_opts){
            .has_mss = (mask & 1) != 0,
            .has_wscale = (mask & 2) != 0,
            .has_timestamps = (mask & 4) != 0,
            .sack_permitted = (mask & 8) != 0,
            .n_sack = (uint8_t)((mask >> 4) % 5),
            .mss = 536,
            .wscale = 14,
            .ts_value = UINT32_MAX,
            .ts_echo = 1,
            .sack = {{{1}, {2}}, {{3}, {4}}, {{5}, {6}}, {{7}, {8}}},
        };
        bytes = tcp_build(out, &h);
        CHECK_EQ(bytes, tcp_bytes(&h.opts));
        CHECK(bytes <= 60 && bytes % 4 == 0);
        CHECK_EQ(tcp_parse(&back, out, bytes), WIRE_OK);
        CHECK(!back.opts.malformed);
        CHECK_EQ(back.flags, h.flags);
        CHECK_EQ(back.header_bytes, bytes);
        CHECK_EQ(back.opts.has_mss, h.opts.has_mss);
        CHECK_EQ(back.opts.has_wscale, h.opts.has_wscale);
        CHECK_EQ(back.opts.has_timestamps, h.opts.has_timestamps);
        CHECK_EQ(back.opts.sack_permitted, h.opts.sack_permitted);
        CHECK(back.opts.n_sack == h.opts.n_sack || back.opts.n_sack == tcp_sack_room(&h.opts));
        CHECK(back.opts.n_sack <= tcp_sack_room(&h.opts));
        for (unsigned i = 0; i < back.opts.n_sack; i++)
            CHECK_EQ(back.opts.sack[i].start.v, 2 * i + 1);
    }
}

/* RFC 2385 3, RFC 5925 2.2: the option stands in front, its MAC is left to the caller. */
TEST(tcp, signatures_come_back)
{
    static const struct {
        uint8_t auth, bytes;
        unsigned sack_room;
    } cases[] = {{TCP_AUTH_MD5, 16, 0}, {TCP_AUTH_AO, 12, 1}, {TCP_AUTH_AO, 13, 0}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tcp_hdr h = {.flags = TCP_ACK}, back;
        uint8_t out[60];

        h.opts = (struct tcp_opts){.has_timestamps = true,
                                   .ts_value = 7,
                                   .auth = cases[i].auth,
                                   .auth_bytes = cases[i].bytes,
                                   .key_id = 61,
                                   .rnext_key_id = 84};
        CHECK_EQ(tcp_sack_room(&h.opts), cases[i].sack_room);
        CHECK_EQ(tcp_build(out, &h), tcp_bytes(&h.opts));
        CHECK_EQ(tcp_parse(&back, out, tcp_bytes(&h.opts)), WIRE_OK);
        CHECK(!back.opts.malformed && back.opts.has_timestamps);
        CHECK_EQ(back.opts.ts_value, 7);
        CHECK_EQ(back.opts.auth, cases[i].auth);
        CHECK_EQ(back.opts.auth_bytes, cases[i].bytes);
        CHECK_EQ(back.opts.auth_at, tcp_auth_at(&h.opts));
        if (cases[i].auth == TCP_AUTH_AO)
            CHECK(back.opts.key_id == 61 && back.opts.rnext_key_id == 84);
    }
}

/* RFC 5925 2.2: two in one segment are not to be believed; one of a wrong length is none. */
TEST(tcp, one_signature_in_a_segment)
{
    struct tcp_opts o = parse_list(TCP_ACK, LIST("\x1d\x06\x01\x02mm\x1d\x06\x01\x02mm"));

    CHECK(o.malformed);
    o = parse_list(TCP_ACK, LIST("\x1d\x06\x01\x02mm\x13\x12"
                                 "0123456789abcdef"));
    CHECK(o.malformed);
    o = parse_list(TCP_ACK, LIST("\x13\x06"
                                 "0123\x1d\x03m"));
    CHECK(!o.malformed && o.auth == TCP_AUTH_NONE);
}

/* RFC 2018 3: four blocks, or three beside timestamps. */
TEST(tcp, sack_room)
{
    struct tcp_opts o = {0};

    CHECK_EQ(tcp_sack_room(&o), 4);
    o.has_timestamps = true;
    CHECK_EQ(tcp_sack_room(&o), 3);
    o.has_mss = o.has_wscale = o.sack_permitted = true;
    CHECK_EQ(tcp_sack_room(&o), 2);
}

TEST(tcp, every_truncation_has_its_reason)
{
    struct tcp_hdr h;

    for (size_t n = 0; n < sizeof linux_syn; n++) {
        uint8_t *p = exact(linux_syn, n);

        CHECK_EQ(tcp_parse(&h, p, n), n < 20 ? WIRE_TCP_SHORT : WIRE_TCP_HEADER_LENGTH);
        free(p);
    }
}

TEST(tcp, data_offset_below_five_is_refused)
{
    struct tcp_hdr h;
    uint8_t p[40];

    memcpy(p, linux_syn, 40);
    for (unsigned words = 0; words < 5; words++) {
        p[12] = (uint8_t)(words << 4);
        CHECK_EQ(tcp_parse(&h, p, 40), WIRE_TCP_HEADER_LENGTH);
    }
}

/* As tcp_parse_options() of Linux: what stands before the fault is taken. */
TEST(tcp, list_ends_at_a_malformed_option)
{
    static const struct {
        const char *list;
        size_t n;
    } row[] = {
        {LIST("\x02\x04\x05\xb4\x03\x00\x00\x00")}, /* length 0 */
        {LIST("\x02\x04\x05\xb4\x03\x01\x00\x00")}, /* length 1 */
        {LIST("\x02\x04\x05\xb4\x08\x0a\x00\x00")}, /* beyond the header */
        {LIST("\x02\x04\x05\xb4\x01\x01\x01\x05")}, /* no length byte */
        {LIST("\x02\x04\x05\xb4\xfe\xff\x00\x00")}, /* unknown and far too long */
    };

    for (unsigned i = 0; i < ARRAY_LEN(row); i++) {
        struct tcp_opts o = parse_list(TCP_SYN, row[i].list, row[i].n);

        CHECK(o.malformed);
        CHECK(o.has_mss && o.mss == 1460);
        CHECK(!o.has_timestamps && !o.has_wscale && o.n_sack == 0);
    }
}

TEST(tcp, unknown_options_and_wrong_lengths_are_passed_over)
{
    struct tcp_opts o = parse_list(TCP_SYN, LIST("\xfd\x03\x07\x22\x02\x02\x03\x05\x03\x04\x07\0"
                                                 "\x04\x03\0\x08\x04\0\0\x02\x04\x02\0\x05\x03\0"));

    CHECK(!o.malformed);
    CHECK(o.has_mss && o.mss == 512);
    CHECK(!o.has_wscale && !o.sack_permitted && !o.has_timestamps && o.n_sack == 0);
}

TEST(tcp, end_of_list_ends_it)
{
    struct tcp_opts o = parse_list(TCP_SYN, LIST("\x00\x02\x04\x05\xb4\x03\x00\x00"));

    CHECK(!o.has_mss && !o.malformed);
}

TEST(tcp, options_of_a_syn_count_in_a_syn_alone)
{
    struct tcp_opts o =
        parse_list(TCP_ACK, LIST("\x02\x04\x05\xb4\x03\x03\x07\x01\x04\x02\x01\x01"));

    CHECK(!o.has_mss && !o.has_wscale && !o.sack_permitted && !o.malformed);
}

TEST(tcp, mss_of_zero_is_no_mss)
{
    CHECK(!parse_list(TCP_SYN, LIST("\x02\x04\x00\x00")).has_mss);
}

TEST(tcp, sack_of_a_broken_length_is_passed_over)
{
    CHECK_EQ(parse_list(TCP_ACK, LIST("\x05\x02\x01\x01")).n_sack, 0);
    CHECK_EQ(parse_list(TCP_ACK, LIST("\x05\x09\0\0\0\x01\0\0\0\0\0\0")).n_sack, 0);
    CHECK_EQ(parse_list(TCP_ACK, LIST("\x05\x23\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"))
                 .n_sack,
             0);
    CHECK_EQ(parse_list(TCP_ACK, LIST("\x05\x0a\0\0\0\x01\0\0\0\x02\0\0")).n_sack, 1);
}

/* Any two bytes at the end of the longest header. */
TEST(tcp, no_option_reads_beyond_the_header)
{
    char list[40];

    memset(list, 1, sizeof list);
    for (unsigned kind = 0; kind < 256; kind++)
        for (unsigned length = 0; length<256; length += length> 40 ? 18 : 1) {
            struct tcp_opts o;

            list[38] = (char)kind;
            list[39] = (char)length;
            o = parse_list(TCP_SYN, list, sizeof list);
            CHECK_EQ(o.malformed, kind == 1 ? length > 1 : kind > 1 && length != 2);
        }
}

/* RFC 7413 4.1.1, and the experimental option that came before it. */
TEST(tcp, fast_open_cookie)
{
    static const struct {
        const char *list;
        size_t n;
        bool has, exp;
        uint8_t len;
    } row[] = {
        {LIST("\x22\x02"), true, false, 0},
        {LIST("\x22\x06\1\2\3\4"), true, false, 4},
        {LIST("\x22\x12\1\2\3\4\5\6\7\x08\1\2\3\4\5\6\7\x08"), true, false, 16},
        {LIST("\xfe\x04\xf9\x89"), true, true, 0},
        {LIST("\xfe\x0c\xf9\x89\1\2\3\4\5\6\7\x08"), true, true, 8},
        {LIST("\x22\x07\1\2\3\4\5"), false, false, 0}, /* odd */
        {LIST("\x22\x04\1\2"), false, false, 0},       /* too short */
        {LIST("\x22\x14\1\2\3\4\5\6\7\x08\1\2\3\4\5\6\7\x08\1\2"), false, false, 0},
        {LIST("\xfe\x04\xf9\x88"), false, false, 0}, /* somebody else's experiment */
        {LIST("\x22\x06\1\2\3\4\x22\x04\1\2"), false, false, 0},
        {LIST("\x22\x06\1\2\3\4\x22\x02"), true, false, 0}, /* the last one counts */
    };

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct tcp_opts o = parse_list(TCP_SYN, row[i].list, row[i].n);

        CHECK_EQ(o.has_cookie, row[i].has);
        CHECK(!o.has_cookie || (o.cookie.len == row[i].len && o.cookie.exp == row[i].exp));
        CHECK(!parse_list(TCP_ACK, row[i].list, row[i].n).has_cookie);
    }
}

/* Linux's place and padding: behind all others, NOPs at the end. */
TEST(tcp, fast_open_cookie_in_a_syn)
{
    static const uint8_t want[12] = {0x22, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1};
    struct tcp_hdr h = {.flags = TCP_SYN, .opts = {.has_mss = true, .mss = 1460}};
    uint8_t out[60];

    h.opts.has_timestamps = h.opts.sack_permitted = h.opts.has_wscale = h.opts.has_cookie = true;
    h.opts.cookie = (struct tcp_cookie){.len = 8, .b = {1, 2, 3, 4, 5, 6, 7, 8}};
    CHECK_EQ(tcp_build(out, &h), 52);
    CHECK_MEM(out + 40, want, 12);
    h.opts.cookie.len = 16;
    CHECK_EQ(tcp_build(out, &h), 60);
    h.opts.cookie.exp = true;
    CHECK_EQ(tcp_build(out, &h), 60);
    CHECK_EQ(out[40], 254);
    CHECK_EQ(load_be16(out + 42), 0xf989);
    h.opts.cookie.len = 0;
    CHECK_EQ(tcp_bytes(&h.opts), 44);
    h.opts.n_sack = 1;
    CHECK_EQ(tcp_bytes(&h.opts), 44);
}
