/* tests/unit/wire/dns_test.c - names and messages of the domain name system, hostile ones first. */
#include "wire/dns.h"

#include "tests/unit/test.h"

#include <stdio.h>

static struct dns_name name_of(const char *text)
{
    struct dns_name n;

    CHECK(dns_name_from_text(&n, text));
    return n;
}

static const char *text_of(const struct dns_name *n)
{
    static char text[DNS_TEXT_BYTES];

    CHECK(dns_name_text(n, text, sizeof text));
    return text;
}

/* A message whose bytes behind the header are these, with a name at `at`. */
static bool read_at(struct dns_name *out, const void *bytes, size_t n, size_t at)
{
    uint8_t msg[1024] = {0};
    struct cursor c;

    memcpy(msg + DNS_HEADER_BYTES, bytes, n);
    c = cur_init(msg + at, DNS_HEADER_BYTES + n - at);
    return dns_get_name(&c, msg, out);
}

#define READ(out_, bytes_, at_) read_at(out_, bytes_, sizeof(bytes_) - 1, at_)

TEST(wire_dns, a_name_is_its_labels)
{
    struct dns_name n = name_of("www.Example.net");

    CHECK_EQ(n.len, 17);
    CHECK_MEM(n.b, "\3www\7Example\3net", 17);
    CHECK_STR(text_of(&n), "www.Example.net");
    n = name_of("www.Example.net.");
    CHECK_EQ(n.len, 17);
    n = name_of(".");
    CHECK_EQ(n.len, 1);
    CHECK_STR(text_of(&n), ".");
}

/* N-04: a zero byte never ends a string, a dot within a label is not a border. */
TEST(wire_dns, bytes_of_labels_are_escaped)
{
    struct dns_name n, again;

    CHECK(READ(&n, "\7a.b\\c\0\xff\2de\0", 12));
    CHECK_STR(text_of(&n), "a\\.b\\\\c\\000\\255.de");
    again = name_of("a\\.b\\\\c\\000\\255.de");
    CHECK(dns_name_equal(&n, &again));
    again = name_of("\\097\\.b\\\\C\\000\\255.DE");
    CHECK(dns_name_equal(&n, &again));
}

TEST(wire_dns, what_is_no_name_is_refused)
{
    static const char *const bad[] = {"", "..", ".a", "a..b", "a\\", "a\\25", "a\\256", "a\\2x5"};
    char text[600];
    struct dns_name n;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!dns_name_from_text(&n, bad[i]));
    memset(text, 'a', sizeof text);
    text[63] = '\0';
    CHECK(dns_name_from_text(&n, text));
    text[63] = 'a';
    text[64] = '\0';
    CHECK(!dns_name_from_text(&n, text));
    for (unsigned i = 0; i < 300; i += 2)
        memcpy(text + i, "a.", 2);
    text[253] = '\0'; /* 127 labels: 255 bytes with the root's */
    CHECK(dns_name_from_text(&n, text));
    CHECK_EQ(n.len, 255);
    text[253] = '.';
    text[255] = '\0';
    CHECK(!dns_name_from_text(&n, text));
}

TEST(wire_dns, the_longest_text_fits)
{
    struct dns_name n = {.len = 255};
    char text[DNS_TEXT_BYTES], small[8] = "before";

    for (unsigned at = 0; at < 254; at += 64)
        n.b[at] = at < 192 ? 63 : 61;
    CHECK(dns_name_text(&n, text, sizeof text));
    CHECK_EQ(strlen(text), 4 * (63 * 3 + 61) + 3);
    CHECK(!dns_name_text(&n, small, sizeof small));
    CHECK_STR(small, "");
}

TEST(wire_dns, case_makes_no_difference_and_labels_do)
{
    struct dns_name a = name_of("A.b-C.org"), b = name_of("a.B-c.ORG"),
                    dot = name_of("a\\.b-c.org");
    struct dns_name org = name_of("ORG"), rg = name_of("rg"), root = name_of(".");

    CHECK(dns_name_equal(&a, &b));
    CHECK(!dns_name_equal(&a, &dot));
    CHECK(dns_name_within(&a, &org) && dns_name_within(&a, &root) && dns_name_within(&a, &b));
    CHECK(!dns_name_within(&a, &rg) && !dns_name_within(&org, &a));
}

TEST(wire_dns, names_join_up_to_255_bytes)
{
    struct dns_name local = name_of("local"), n, host;
    struct dns_name longest = {.len = 0};

    CHECK(dns_name_label(&host, "a.b", 3, &local));
    CHECK_STR(text_of(&host), "a\\.b.local");
    CHECK(!dns_name_label(&n, "", 0, &local));
    CHECK(!dns_name_label(&n, text_of(&host), 64, &local));
    longest = name_of("x");
    for (unsigned i = 0; i < 126; i++)
        CHECK(dns_name_label(&longest, "x", 1, &longest));
    CHECK_EQ(longest.len, 255);
    CHECK(!dns_name_label(&n, "x", 1, &longest));
    CHECK(!dns_name_join(&n, &longest, &local));
}

TEST(wire_dns, pointers_lead_backwards)
{
    struct dns_name n;

    CHECK(READ(&n, "\3net\0\3www\xc0\x0c", 17));
    CHECK_STR(text_of(&n), "www.net");
    CHECK(READ(&n, "\3net\0\xc0\x0c\3www\xc0\x11", 19)); /* a pointer to a pointer */
    CHECK_STR(text_of(&n), "www.net");
}

/* N-03. */
TEST(wire_dns, other_pointers_are_refused)
{
    struct dns_name n;
    uint8_t chain[2 + 2 * 127];

    CHECK(!READ(&n, "\xc0\x0c", 12));         /* to itself */
    CHECK(!READ(&n, "\1a\xc0\x0c", 12));      /* into itself */
    CHECK(!READ(&n, "\1a\xc0\x0c", 14));      /* to labels that run into it */
    CHECK(!READ(&n, "\xc0\x0e\1a\0", 12));    /* to the later */
    CHECK(!READ(&n, "\xc0\x0e\xc0\x0c", 12)); /* a to b */
    CHECK(!READ(&n, "\xc0\x0e\xc0\x0c", 14)); /* b to a */
    CHECK(!READ(&n, "\xff\xff", 12));         /* past the end */
    CHECK(!READ(&n, "\xc0\x00", 12));         /* into the header */
    CHECK(!READ(&n, "\xc0\x0b", 12));
    CHECK(!READ(&n, "\xc0", 12)); /* half of one */
    memset(chain, 0, 2);
    for (unsigned i = 0; i < 127; i++) {
        chain[2 + 2 * i] = 0xc0;
        chain[3 + 2 * i] = (uint8_t)(i == 0 ? 12 : 12 + 2 * i);
    }
    CHECK(read_at(&n, chain, sizeof chain, 12 + 2 * DNS_POINTERS));
    CHECK(!read_at(&n, chain, sizeof chain, 14 + 2 * DNS_POINTERS));
    CHECK(!read_at(&n, chain, sizeof chain, 12 + 2 * 127));
}

/* N-04. */
TEST(wire_dns, labels_end_where_the_message_does)
{
    uint8_t bytes[300];
    struct dns_name n;

    for (unsigned c = 0x40; c < 0xc0; c++) {
        bytes[0] = (uint8_t)c;
        memset(bytes + 1, 0, sizeof bytes - 1);
        CHECK(!read_at(&n, bytes, sizeof bytes, 12));
        CHECK_EQ(n.len, 0);
    }
    CHECK(!READ(&n, "\4abc", 12));
    CHECK(!READ(&n, "\3abc", 12));
    CHECK(!READ(&n, "", 12));
    for (unsigned i = 0; i < sizeof bytes; i += 2)
        memcpy(bytes + i, "\1a", 2);
    bytes[254] = 0;
    CHECK(read_at(&n, bytes, sizeof bytes, 12));
    CHECK_EQ(n.len, 255);
    bytes[254] = 1;
    bytes[256] = 0;
    CHECK(!read_at(&n, bytes, sizeof bytes, 12));
}

static size_t build_sample(uint8_t *msg, size_t room)
{
    struct dns_name host = name_of("host.example.net"), alias = name_of("www.EXAMPLE.net");
    struct dns_question q = {.name = alias, .type = DNS_A, .class = DNS_IN};
    struct dns_owner o = {.name = &alias, .type = DNS_CNAME, .class = DNS_IN, .ttl_s = 60};
    struct dns_edns e = {.udp_bytes = 1232, .rcode_high = 1, .version = 2, .dnssec_ok = true};
    struct tarn_ip ip = tarn_ip4(0x01020304), ip6 = {{0x20, 1, [15] = 1}};
    struct dns_writer w;

    dns_write(&w, msg, room, &(struct dns_hdr){.id = 7, .flags = DNS_RESPONSE});
    dns_put_question(&w, &q);
    dns_put_target(&w, DNS_ANSWER, &o, &host);
    o.name = &host;
    dns_put_address(&w, DNS_ANSWER, &o, &ip);
    dns_put_address(&w, DNS_ANSWER, &o, &ip6);
    dns_put_edns(&w, &e);
    return dns_finish(&w);
}

TEST(wire_dns, a_message_says_what_was_put_in)
{
    uint8_t msg[512];
    size_t n = build_sample(msg, sizeof msg);
    struct dns_reader r;
    struct dns_question q;
    struct dns_record rec;
    struct dns_name target;
    struct dns_edns e;
    struct tarn_ip ip;

    CHECK(dns_read(&r, msg, n));
    CHECK_EQ(r.h.id, 7);
    CHECK_EQ(r.h.flags, DNS_RESPONSE);
    CHECK(dns_next_question(&r, &q));
    CHECK_STR(text_of(&q.name), "www.EXAMPLE.net");
    CHECK(!dns_next_question(&r, &q));
    CHECK(dns_next_record(&r, &rec) && dns_get_target(&r, &rec, &target));
    CHECK_STR(text_of(&target), "host.EXAMPLE.net");
    CHECK(!dns_get_address(&rec, &ip));
    CHECK(dns_next_record(&r, &rec) && dns_get_address(&rec, &ip));
    CHECK_EQ(tarn_ip_to4(&ip), 0x01020304);
    CHECK_EQ(rec.ttl_s, 60);
    CHECK(dns_name_equal(&rec.name, &target));
    CHECK(dns_next_record(&r, &rec) && dns_get_address(&rec, &ip));
    CHECK_EQ(rec.type, DNS_AAAA);
    CHECK(!dns_get_target(&r, &rec, &target));
    CHECK(dns_next_record(&r, &rec) && dns_get_edns(&rec, &e));
    CHECK_EQ(rec.section, DNS_ADDITIONAL);
    CHECK(e.udp_bytes == 1232 && e.rcode_high == 1 && e.version == 2 && e.dnssec_ok);
    CHECK(!dns_next_record(&r, &rec) && !r.c.bad);
    /* Header, question, a CNAME by two pointers, A and AAAA by one each, OPT. */
    CHECK_EQ(n, 12 + 21 + (2 + 10 + 7) + (2 + 10 + 4) + (2 + 10 + 16) + 11);
}

/* What does not fit is left out whole, and the message stays readable. */
TEST(wire_dns, a_message_is_cut_between_records)
{
    uint8_t msg[512];
    size_t whole = build_sample(msg, sizeof msg);

    for (size_t room = DNS_HEADER_BYTES; room < whole; room++) {
        struct dns_reader r;
        struct dns_record rec;
        unsigned records = 0;

        CHECK(dns_read(&r, msg, build_sample(msg, room)));
        while (dns_next_record(&r, &rec))
            records++;
        CHECK(!r.c.bad);
        CHECK_EQ(records, r.h.count[DNS_ANSWER] + r.h.count[DNS_ADDITIONAL]);
        CHECK(records < 4);
    }
}

TEST(wire_dns, compression_ends_where_pointers_do)
{
    static uint8_t msg[DNS_MAX_BYTES];
    struct dns_name n = name_of("a.long.enough.name.example.net");
    struct dns_owner o = {.name = &n, .type = DNS_PTR, .class = DNS_IN};
    struct dns_writer w;
    struct dns_reader r;
    struct dns_record rec;
    struct dns_name target;
    unsigned put = 0, got = 0;

    dns_write(&w, msg, sizeof msg, &(struct dns_hdr){.id = 1});
    for (;; put++) {
        char label[16];

        (void)snprintf(label, sizeof label, "label-%u", put);
        CHECK(dns_name_label(&target, label, strlen(label), &n));
        if (!dns_put_target(&w, DNS_ANSWER, &o, &target))
            break;
    }
    CHECK(dns_read(&r, msg, dns_finish(&w)));
    for (; dns_next_record(&r, &rec); got++)
        CHECK(dns_get_target(&r, &rec, &target) && dns_name_within(&target, &n));
    CHECK(!r.c.bad && put > 2000);
    CHECK_EQ(got, put);
}

/* A record behind a question for the root: type, TTL, RDLENGTH, and n bytes of RDATA. */
static bool record_with(struct dns_reader *r, struct dns_record *out, uint16_t type, uint32_t ttl,
                        const void *data, size_t n)
{
    static uint8_t msg[600];
    struct dns_hdr h = {.count = {1, 1, 0, 0}};
    struct writer w = wr_init(msg, sizeof msg);

    dns_build(wr_room(&w, DNS_HEADER_BYTES), &h);
    wr_fill(&w, 0, 5 + 1);
    wr_u16(&w, type);
    wr_u16(&w, DNS_IN);
    wr_u32(&w, ttl);
    wr_u16(&w, (uint16_t)n);
    wr_bytes(&w, data, n);
    return dns_read(r, msg, (size_t)(w.at - msg)) && dns_next_record(r, out);
}

/* N-06. */
TEST(wire_dns, rdata_of_another_length_is_not_the_type)
{
    static const uint8_t zeroes[300];
    struct dns_reader r;
    struct dns_record rec;
    struct tarn_ip ip;
    struct dns_srv srv;
    struct dns_soa soa;
    struct dns_nsec nsec;
    struct dns_edns e;
    struct dns_name n;

    for (size_t len = 0; len < 40; len++) {
        CHECK(record_with(&r, &rec, DNS_A, 0, zeroes, len));
        CHECK_EQ(dns_get_address(&rec, &ip), len == 4);
        CHECK(record_with(&r, &rec, DNS_AAAA, 0, zeroes, len));
        CHECK_EQ(dns_get_address(&rec, &ip), len == 16);
        CHECK(record_with(&r, &rec, DNS_SRV, 0, zeroes, len));
        CHECK_EQ(dns_get_srv(&r, &rec, &srv), len == 7);
        CHECK(record_with(&r, &rec, DNS_SOA, 0, zeroes, len));
        CHECK_EQ(dns_get_soa(&r, &rec, &soa), len == 22);
        CHECK(record_with(&r, &rec, DNS_CNAME, 0, zeroes, len));
        CHECK_EQ(dns_get_target(&r, &rec, &n), len == 1);
        CHECK(record_with(&r, &rec, DNS_NSEC, 0, zeroes, len));
        CHECK_EQ(dns_get_nsec(&r, &rec, &nsec), len == 1);
        CHECK(record_with(&r, &rec, DNS_OPT, 0, zeroes, len));
        CHECK_EQ(dns_get_edns(&rec, &e), len % 4 == 0);
    }
}

TEST(wire_dns, rdlength_beyond_the_message_is_refused)
{
    uint8_t msg[DNS_HEADER_BYTES + 15];
    struct dns_reader r;
    struct dns_record rec;

    dns_build(msg, &(struct dns_hdr){.count = {0, 1, 0, 0}});
    memset(msg + DNS_HEADER_BYTES, 0, 15);
    store_be16(msg + DNS_HEADER_BYTES + 9, 65535);
    CHECK(dns_read(&r, msg, sizeof msg));
    CHECK(!dns_next_record(&r, &rec) && r.c.bad);
    CHECK(!dns_next_record(&r, &rec));
}

TEST(wire_dns, strings_of_text_stay_within_it)
{
    struct dns_reader r;
    struct dns_record rec;
    const uint8_t *at;
    uint8_t n;

    CHECK(record_with(&r, &rec, DNS_TXT, 0, "\3a=1\0\5b=", 8));
    CHECK(dns_next_text(&rec.data, &at, &n));
    CHECK_EQ(n, 3);
    CHECK_MEM(at, "a=1", 3);
    CHECK(dns_next_text(&rec.data, &at, &n));
    CHECK_EQ(n, 0);
    CHECK(!dns_next_text(&rec.data, &at, &n) && rec.data.bad);
    CHECK(record_with(&r, &rec, DNS_TXT, 0, "\1a", 2));
    CHECK(dns_next_text(&rec.data, &at, &n) && !dns_next_text(&rec.data, &at, &n));
    CHECK(!rec.data.bad);
}

TEST(wire_dns, nsec_tells_which_types_exist)
{
    struct dns_reader r;
    struct dns_record rec;
    struct dns_nsec nsec;

    CHECK(record_with(&r, &rec, DNS_NSEC, 0, "\1a\0\0\4\x40\0\0\x08\1\1\xff", 12));
    CHECK(dns_get_nsec(&r, &rec, &nsec));
    CHECK(dns_nsec_has(&nsec, DNS_A) && dns_nsec_has(&nsec, DNS_AAAA));
    CHECK(!dns_nsec_has(&nsec, DNS_SRV) && !dns_nsec_has(&nsec, 0));
    CHECK(record_with(&r, &rec, DNS_NSEC, 0, "\0\0\0", 3));
    CHECK(!dns_get_nsec(&r, &rec, &nsec));
    CHECK(record_with(&r, &rec, DNS_NSEC, 0, "\0\0\2\1", 4));
    CHECK(!dns_get_nsec(&r, &rec, &nsec));
    CHECK(record_with(&r, &rec, DNS_NSEC, 0, "\0\0\41.................................", 36));
    CHECK(!dns_get_nsec(&r, &rec, &nsec));
}

/* N-08: the top bit of a TTL makes it 0 (RFC 2181 8). */
TEST(wire_dns, a_ttl_has_31_bits)
{
    struct dns_reader r;
    struct dns_record rec;

    CHECK(record_with(&r, &rec, DNS_A, 0x7fffffff, "abcd", 4));
    CHECK_EQ(rec.ttl_s, 0x7fffffff);
    CHECK(record_with(&r, &rec, DNS_A, 0x80000000, "abcd", 4));
    CHECK_EQ(rec.ttl_s, 0);
    CHECK(record_with(&r, &rec, DNS_A, 0xffffffff, "abcd", 4));
    CHECK_EQ(rec.ttl_s, 0);
}

/* N-02, N-05: counts are believed as far as the bytes reach. */
TEST(wire_dns, counts_end_with_the_bytes)
{
    uint8_t msg[512];
    size_t n = build_sample(msg, sizeof msg);
    struct dns_reader r;
    struct dns_record rec;
    unsigned records = 0;

    for (size_t cut = 0; cut < DNS_HEADER_BYTES; cut++)
        CHECK(!dns_read(&r, msg, cut));
    store_be16(msg + 6, 65535);
    store_be16(msg + 8, 65535);
    CHECK(dns_read(&r, msg, n));
    while (dns_next_record(&r, &rec))
        records++;
    CHECK_EQ(records, 4);
    CHECK(r.c.bad);
    store_be16(msg + 4, 65535);
    CHECK(dns_read(&r, msg, n));
    CHECK(!dns_next_record(&r, &rec));
    CHECK(r.c.bad);
}
