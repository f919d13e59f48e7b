/* wire/dns_name.c - names of the domain name system: comparing, joining, and their text. */
#include "wire/dns.h"

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Length bytes are below 64, which is below the letters: a whole name may be lowered at once. */
static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
    return a->len == b->len && same_bytes(a->b, b->b, a->len);
}

void dns_name_lower(struct dns_name *n)
{
    for (unsigned i = 0; i < n->len; i++)
        n->b[i] = lower(n->b[i]);
}

bool dns_name_within(const struct dns_name *n, const struct dns_name *suffix)
{
    size_t at = 0;

    if (n->len == 0 || suffix->len == 0)
        return false;
    while ((size_t)n->len - at > suffix->len)
        at += 1u + n->b[at];
    return (size_t)n->len - at == suffix->len && same_bytes(n->b + at, suffix->b, suffix->len);
}

bool dns_name_join(struct dns_name *out, const struct dns_name *front, const struct dns_name *back)
{
    size_t before = front->len != 0 ? front->len - 1u : 0;
    struct dns_name joined = {.len = 0};

    if (before + back->len > DNS_NAME_BYTES)
        return false;
    memcpy(joined.b, front->b, before);
    memcpy(joined.b + before, back->b, back->len);
    joined.len = (uint8_t)(before + back->len);
    *out = joined;
    return true;
}

bool dns_name_label(struct dns_name *out, const void *label, size_t n, const struct dns_name *back)
{
    struct dns_name front = {.len = (uint8_t)(n + 2)};

    if (n == 0 || n > DNS_LABEL_BYTES)
        return false;
    front.b[0] = (uint8_t)n;
    memcpy(front.b + 1, label, n);
    return dns_name_join(out, &front, back);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The byte that an escape means, behind its backslash; how many characters it took, 0: broken. */
static size_t read_escape(const char *at, uint8_t *out)
{
    unsigned v;

    *out = (uint8_t)at[0];
    if (!is_digit(at[0]))
        return at[0] != '\0' ? 1 : 0;
    if (!is_digit(at[1]) || !is_digit(at[2]))
        return 0;
    v = (unsigned)(at[0] - '0') * 100 + (unsigned)(at[1] - '0') * 10 + (unsigned)(at[2] - '0');
    *out = (uint8_t)v;
    return v <= 255 ? 3 : 0;
}

/* One label from text into `label`; behind it stands a dot or the end. NULL: not a label. */
static const char *read_label(const char *text, uint8_t label[DNS_LABEL_BYTES], size_t *n)
{
    *n = 0;
    while (*text != '\0' && *text != '.') {
        uint8_t c = (uint8_t)*text++;

        if (c == '\\') {
            size_t took = read_escape(text, &c);

            if (took == 0)
                return NULL;
            text += took;
        }
        if (*n == DNS_LABEL_BYTES)
            return NULL;
        label[(*n)++] = c;
    }
    return *n != 0 ? text : NULL;
}

bool dns_name_from_text(struct dns_name *out, const char *text)
{
    struct dns_name name = {.len = 1};
    uint8_t label[DNS_LABEL_BYTES];
    size_t n;

    if (text[0] == '.' && text[1] == '\0') {
        *out = name;
        return true;
    }
    do {
        text = read_label(text, label, &n);
        if (text == NULL || name.len + 1u + n > DNS_NAME_BYTES)
            return false;
        name.b[name.len - 1] = (uint8_t)n;
        memcpy(name.b + name.len, label, n);
        name.len = (uint8_t)(name.len + 1 + n);
        name.b[name.len - 1] = 0;
        if (*text == '.')
            text++;
    } while (*text != '\0');
    *out = name;
    return true;
}

/* A byte of a label, as it is or escaped. */
static void write_char(struct writer *w, uint8_t c)
{
    if (c > ' ' && c < 0x7f) {
        if (c == '.' || c == '\\')
            wr_u8(w, '\\');
        wr_u8(w, c);
        return;
    }
    wr_u8(w, '\\');
    wr_u8(w, (uint8_t)('0' + c / 100));
    wr_u8(w, (uint8_t)('0' + c / 10 % 10));
    wr_u8(w, (uint8_t)('0' + c % 10));
}

bool dns_name_text(const struct dns_name *n, char *out, size_t bytes)
{
    struct writer w = wr_init((uint8_t *)out, bytes);
    struct cursor c = cur_init(n->b, n->len);
    uint8_t label;

    if (n->len == 1)
        wr_u8(&w, '.');
    while ((label = cur_u8(&c)) != 0) {
        struct cursor chars = cur_part(&c, label);

        if (chars.at != n->b + 1)
            wr_u8(&w, '.');
        while (cur_left(&chars) > 0)
            write_char(&w, cur_u8(&chars));
    }
    wr_u8(&w, 0);
    if (w.bad && bytes > 0)
        out[0] = '\0';
    return !w.bad;
}
