/* wire/domain.c - host names of options, in wire form and as text. */
#include "wire/domain.h"

enum { TEXT_MAX = 253, POINTER = 0xc0 };

static bool is_name_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Append a label to the n bytes of text; the new length, or 0 when it may not be there. */
static size_t add_label(char *out, size_t n, const uint8_t *label, size_t len)
{
    size_t at = n > 0 ? n + 1 : 0;

    if (label == NULL || at + len > TEXT_MAX)
        return 0;
    for (size_t i = 0; i < len; i++) {
        if (!is_name_byte(label[i]))
            return 0;
        out[at + i] = (char)label[i];
    }
    if (n > 0)
        out[n] = '.';
    return at + len;
}

/* Follow a pointer whose first byte has been read: the rest of the name is at an earlier place than
 * any before. */
static bool jump(struct cursor *in, const uint8_t *begin, const uint8_t **lowest, uint8_t first)
{
    size_t offset = (size_t)(first & ~POINTER) << 8 | cur_u8(in);

    if (begin == NULL || in->bad || offset >= (size_t)(*lowest - begin))
        return false;
    *lowest = begin + offset;
    in->at = *lowest;
    return true;
}

bool domain_get(struct cursor *c, const uint8_t *begin, char out[DOMAIN_TEXT_BYTES])
{
    struct cursor in = *c;
    const uint8_t *lowest = c->at;
    bool jumped = false;
    size_t n = 0;
    uint8_t len;

    while ((len = cur_u8(&in)) != 0) {
        if (len > DOMAIN_LABEL_MAX) {
            if (len < POINTER || !jump(&in, begin, &lowest, len))
                return false;
            if (!jumped)
                cur_skip(c, 2);
            jumped = true;
            continue;
        }
        n = add_label(out, n, cur_bytes(&in, len), len);
        if (n == 0)
            return false;
        if (!jumped)
            cur_skip(c, 1u + len);
    }
    if (in.bad || n == 0)
        return false;
    if (!jumped)
        cur_skip(c, 1);
    out[n] = '\0';
    return true;
}

bool domain_is_text(const char *text, size_t n)
{
    size_t label = 0;

    if (n == 0 || n > TEXT_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool dot = text[i] == '.';

        if ((dot && label == 0) || (!dot && !is_name_byte((uint8_t)text[i])))
            return false;
        label = dot ? 0 : label + 1;
        if (label > DOMAIN_LABEL_MAX)
            return false;
    }
    return label > 0;
}

void domain_put(struct writer *w, const char *text)
{
    size_t n = 0, begin = 0;

    while (n <= TEXT_MAX && text[n] != '\0')
        n++;
    if (!domain_is_text(text, n)) {
        w->bad = true;
        return;
    }
    for (size_t i = 0; i <= n; i++) {
        if (i < n && text[i] != '.')
            continue;
        wr_u8(w, (uint8_t)(i - begin));
        wr_bytes(w, text + begin, i - begin);
        begin = i + 1;
    }
    wr_u8(w, 0);
}
