/* base/text.c - numbers and addresses as text. */
#include "base/text.h"

#include "base/assert.h"
#include "base/bytes.h"

enum { IP6_GROUPS = 8 };

void text_init(struct text *t, char *buf, size_t cap)
{
    tarn_assert(cap >= 1);
    *t = (struct text){.buf = buf, .cap = cap};
    buf[0] = '\0';
}

void text_char(struct text *t, char c)
{
    text_bytes(t, &c, 1);
}

void text_str(struct text *t, const char *s)
{
    size_t n = 0;

    while (s[n] != '\0')
        n++;
    text_bytes(t, s, n);
}

void text_bytes(struct text *t, const char *s, size_t n)
{
    size_t room = t->cap - 1 - t->len;

    if (n > room) {
        t->cut = true;
        n = room;
    }
    memcpy(t->buf + t->len, s, n);
    t->len += n;
    t->buf[t->len] = '\0';
}

void text_u64(struct text *t, uint64_t v)
{
    char digits[TEXT_U64_BYTES];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    text_bytes(t, digits + at, sizeof digits - at);
}

void text_i64(struct text *t, int64_t v)
{
    if (v < 0)
        text_char(t, '-');
    text_u64(t, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void text_hex(struct text *t, uint64_t v, unsigned digits)
{
    char out[16];
    size_t at = sizeof out;

    while (at > 0 && (v != 0 || sizeof out - at < digits || at == sizeof out)) {
        out[--at] = "0123456789abcdef"[v & 15];
        v >>= 4;
    }
    text_bytes(t, out + at, sizeof out - at);
}

void text_ip4(struct text *t, uint32_t ip)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        text_u64(t, ip >> shift & 0xff);
        if (shift != 0)
            text_char(t, '.');
    }
}

/* The first longest run of two or more zero groups (RFC 5952 4.2): [*from, *to). */
static void longest_zeroes(const uint8_t ip[16], unsigned *from, unsigned *to)
{
    unsigned start = 0;

    *from = *to = IP6_GROUPS;
    for (unsigned i = 0; i < IP6_GROUPS; i++) {
        if (load_be16(ip + 2 * i) != 0)
            start = i + 1;
        else if (i + 1 - start >= 2 && i + 1 - start > *to - *from) {
            *from = start;
            *to = i + 1;
        }
    }
}

void text_ip6(struct text *t, const uint8_t ip[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    unsigned from, to;

    if (memcmp(ip, mapped, sizeof mapped) == 0) {
        text_str(t, "::ffff:");
        text_ip4(t, load_be32(ip + 12));
        return;
    }
    longest_zeroes(ip, &from, &to);
    for (unsigned i = 0; i < IP6_GROUPS; i++) {
        if (i >= from && i < to) {
            if (i == from)
                text_str(t, "::");
            continue;
        }
        text_hex(t, load_be16(ip + 2 * i), 1);
        if (i + 1 < IP6_GROUPS && i + 1 != from)
            text_char(t, ':');
    }
}

void text_mac(struct text *t, const uint8_t mac[6])
{
    for (unsigned i = 0; i < 6; i++) {
        if (i > 0)
            text_char(t, ':');
        text_hex(t, mac[i], 2);
    }
}

bool text_to_u64(const char *s, size_t n, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    if (n == 0 || (n > 1 && s[0] == '0'))
        return false;
    for (size_t i = 0; i < n; i++) {
        uint64_t digit = (uint64_t)(uint8_t)s[i] - '0';

        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return v <= max;
}

/* How many of the n characters come before the first `c`; n when there is none. */
static size_t before(const char *s, size_t n, char c)
{
    size_t i = 0;

    while (i < n && s[i] != c)
        i++;
    return i;
}

bool text_to_ip4(const char *s, size_t n, uint32_t *out)
{
    uint32_t ip = 0;

    for (unsigned part = 0; part < 4; part++) {
        size_t digits = part < 3 ? before(s, n, '.') : n;
        uint64_t v;

        if (!text_to_u64(s, digits, 255, &v) || (part < 3 && digits == n))
            return false;
        ip = ip << 8 | (uint32_t)v;
        s += part < 3 ? digits + 1 : 0;
        n -= part < 3 ? digits + 1 : 0;
    }
    *out = ip;
    return true;
}

/* The value of a hexadecimal digit, or 16. */
static unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 16;
}

/* One to four hexadecimal digits. */
static bool hex_group(const char *s, size_t n, uint8_t out[2])
{
    unsigned v = 0;

    if (n < 1 || n > 4)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (hex_digit(s[i]) > 15)
            return false;
        v = v << 4 | hex_digit(s[i]);
    }
    store_be16(out, (uint16_t)v);
    return true;
}

/* Groups with a colon between them, the last of which may be an IPv4 address; nothing at all is no
 * group. Gives how many bytes they fill, at most 16; -1 when malformed. */
static int hex_groups(const char *s, size_t n, uint8_t out[16])
{
    int filled = 0;

    while (n > 0) {
        size_t len = before(s, n, ':');
        uint32_t ip4;

        if (len == n && filled <= 12 && text_to_ip4(s, n, &ip4)) {
            store_be32(out + filled, ip4);
            return filled + 4;
        }
        if (filled == 16 || !hex_group(s, len, out + filled))
            return -1;
        filled += 2;
        if (len == n)
            return filled;
        s += len + 1;
        n -= len + 1;
        if (n == 0)
            return -1; /* ends in a colon */
    }
    return filled;
}

/* Where "::" begins; n when it is not there. */
static size_t before_gap(const char *s, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        if (s[i] == ':' && s[i + 1] == ':')
            return i;
    return n;
}

bool text_to_ip6(const char *s, size_t n, uint8_t out[16])
{
    uint8_t tail[16];
    size_t gap = before_gap(s, n);
    int head_bytes, tail_bytes;

    memset(out, 0, 16);
    head_bytes = hex_groups(s, gap, out);
    if (gap == n)
        return head_bytes == 16;
    tail_bytes = hex_groups(s + gap + 2, n - gap - 2, tail);
    if (head_bytes < 0 || tail_bytes < 0 || head_bytes + tail_bytes > 14 ||
        before(s, gap, '.') < gap)
        return false;
    memcpy(out + 16 - tail_bytes, tail, (size_t)tail_bytes);
    return true;
}

bool text_to_mac(const char *s, size_t n, uint8_t out[6])
{
    if (n != 17)
        return false;
    for (unsigned i = 0; i < 6; i++, s += 3) {
        if (hex_digit(s[0]) > 15 || hex_digit(s[1]) > 15 || (i < 5 && s[2] != ':'))
            return false;
        out[i] = (uint8_t)(hex_digit(s[0]) << 4 | hex_digit(s[1]));
    }
    return true;
}
