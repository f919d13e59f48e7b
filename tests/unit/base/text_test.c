/* Tests of base/text.h: what is written, what is cut, what is read and what is refused. */
#include "base/array.h"
#include "base/text.h"
#include "tests/unit/test.h"

#include <string.h>

static char buf[64];
static struct text t;

static const char *ip6(const uint8_t ip[16])
{
    text_init(&t, buf, sizeof buf);
    text_ip6(&t, ip);
    return buf;
}

TEST(text, numbers)
{
    text_init(&t, buf, sizeof buf);
    text_u64(&t, 0);
    text_char(&t, ' ');
    text_u64(&t, UINT64_MAX);
    text_char(&t, ' ');
    text_i64(&t, INT64_MIN);
    CHECK_STR(buf, "0 18446744073709551615 -9223372036854775808");
    text_init(&t, buf, sizeof buf);
    text_hex(&t, 0, 0);
    text_char(&t, ' ');
    text_hex(&t, 0xabc, 8);
    text_char(&t, ' ');
    text_hex(&t, UINT64_MAX, 1);
    CHECK_STR(buf, "0 00000abc ffffffffffffffff");
    CHECK_EQ(t.len, strlen(buf));
    CHECK(!t.cut);
}

TEST(text, signs_and_empty_pieces)
{
    memset(buf, 'x', sizeof buf);
    text_init(&t, buf, 9);
    CHECK_STR(buf, "");
    text_str(&t, "");
    text_i64(&t, -5);
    text_char(&t, ' ');
    text_i64(&t, 0);
    text_char(&t, ' ');
    text_i64(&t, 1);
    CHECK_STR(buf, "-5 0 1");
    text_str(&t, "ab"); /* to the last byte */
    CHECK_STR(buf, "-5 0 1ab");
    CHECK_EQ(t.len, 8);
    CHECK(!t.cut);
}

TEST(text, cuts_what_does_not_fit)
{
    memset(buf, 'x', sizeof buf);
    text_init(&t, buf, 6);
    text_str(&t, "abc");
    text_ip4(&t, 0x7f000001);
    CHECK_STR(buf, "abc12");
    CHECK(t.cut);
    CHECK_EQ(buf[6], 'x');
    text_init(&t, buf, 1);
    text_u64(&t, 5);
    CHECK_STR(buf, "");
    CHECK(t.cut);
}

TEST(text, addresses)
{
    static const uint8_t mac[6] = {0x02, 0, 0xab, 0xcd, 0xef, 1};

    text_init(&t, buf, sizeof buf);
    text_ip4(&t, 0xc0000201);
    text_char(&t, ' ');
    text_mac(&t, mac);
    CHECK_STR(buf, "192.0.2.1 02:00:ab:cd:ef:01");
}

/* RFC 5952 4 and 5, and reading back what was written. */
TEST(text, ip6_canonical_form)
{
    static const struct {
        const char *in, *out;
    } row[] = {
        {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
        {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:DB8::A", "2001:db8::a"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"::ffff:c000:201", "::ffff:192.0.2.1"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
        {"fe80:0:0:0:0:0:0:0", "fe80::"},
    };
    uint8_t ip[16], again[16];

    for (unsigned i = 0; i < ARRAY_LEN(row); i++) {
        CHECK(text_to_ip6(row[i].in, strlen(row[i].in), ip));
        CHECK_STR(ip6(ip), row[i].out);
        CHECK(text_to_ip6(buf, t.len, again));
        CHECK_MEM(again, ip, 16);
    }
}

TEST(text, ip6_refused)
{
    static const char *const row[] = {
        "",
        ":",
        ":::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "1:",
        ":1",
        "1:2:3:4:5:6:7:",
        ":2:3:4:5:6:7:8",
        "12345::",
        "g::",
        "::1.2.3",
        "::1.2.3.4.5",
        "1.2.3.4::",
        "::01.2.3.4",
        "::1%eth0",
        "[::1]",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1::2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        " ::1",
        "::1 ",
        "1.2.3.4",
        "1:1.2.3.4::",
        "::1.2.3.4:5",
        ":::1",
    };
    uint8_t ip[16];

    for (unsigned i = 0; i < ARRAY_LEN(row); i++)
        if (text_to_ip6(row[i], strlen(row[i]), ip))
            test_fail(__FILE__, __LINE__, "accepted \"%s\"", row[i]);
}

TEST(text, ip4_strict)
{
    static const char *const bad[] = {
        "",          "1",        "1.2.3",    "1.2.3.4.5",        "256.1.1.1", "1.2.3.04",
        "01.2.3.4",  "1.2.3.",   ".1.2.3",   "1..2.3",           "1.2.3.4 ",  " 1.2.3.4",
        "0x1.2.3.4", "1.2.3.-4", "1.2.3.+4", "1.2.3.4294967297", "1.2.3.4.",
    };
    uint32_t ip;

    CHECK(text_to_ip4("192.0.2.255", 11, &ip));
    CHECK_EQ(ip, 0xc00002ff);
    CHECK(text_to_ip4("0.0.0.0", 7, &ip));
    CHECK(text_to_ip4("1.2.3.45", 7, &ip)); /* the length counts, not what follows */
    CHECK_EQ(ip, 0x01020304);
    for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
        if (text_to_ip4(bad[i], strlen(bad[i]), &ip))
            test_fail(__FILE__, __LINE__, "accepted \"%s\"", bad[i]);
}

TEST(text, to_u64_strict)
{
    uint64_t v;

    CHECK(text_to_u64("0", 1, 9, &v) && v == 0);
    CHECK(text_to_u64("18446744073709551615", 20, UINT64_MAX, &v) && v == UINT64_MAX);
    CHECK(!text_to_u64("18446744073709551616", 20, UINT64_MAX, &v));
    CHECK(!text_to_u64("99999999999999999999", 20, UINT64_MAX, &v));
    CHECK(!text_to_u64("10", 2, 9, &v));
    CHECK(!text_to_u64("", 0, 9, &v));
    CHECK(!text_to_u64("01", 2, 9, &v));
    CHECK(!text_to_u64("-1", 2, 9, &v));
    CHECK(!text_to_u64("1a", 2, 99, &v));
}

TEST(text, mac_strict)
{
    static const uint8_t want[6] = {0x02, 0xAB, 0, 0, 0, 0xff};
    uint8_t mac[6];

    CHECK(text_to_mac("02:aB:00:00:00:fF", 17, mac));
    CHECK_MEM(mac, want, 6);
    CHECK(!text_to_mac("02:ab:00:00:00:f", 16, mac));
    CHECK(!text_to_mac("g2:ab:00:00:00:ff", 17, mac));
    CHECK(!text_to_mac("02-ab-00-00-00-ff", 17, mac));
    CHECK(!text_to_mac("02:ab:00:00:00:fg", 17, mac));
    CHECK(!text_to_mac("02:ab:00:00:00:ff:", 18, mac));
}
