/* netlink/message.c - messages and attributes, written and read. Both are padded to 4 bytes. */
#include "netlink/message.h"

#include <string.h>

static size_t aligned(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

static void append(struct nl_writer *w, const void *bytes, size_t n)
{
    if (w->full || w->room - w->used < aligned(n)) {
        w->full = true;
        return;
    }
    if (n > 0)
        memcpy(w->at + w->used, bytes, n);
    memset(w->at + w->used + n, 0, aligned(n) - n);
    w->used += aligned(n);
}

void message_begin(struct nl_writer *w, const struct nl_header *h, const void *body, size_t n)
{
    w->message = w->used;
    w->full = false;
    append(w, h, sizeof *h);
    append(w, body, n);
}

void message_put(struct nl_writer *w, uint16_t type, const void *value, size_t n)
{
    struct nl_attr a = {(uint16_t)(sizeof a + n), type};

    append(w, &a, sizeof a);
    append(w, value, n);
}

void message_put_u8(struct nl_writer *w, uint16_t type, uint8_t value)
{
    message_put(w, type, &value, sizeof value);
}

void message_put_u32(struct nl_writer *w, uint16_t type, uint32_t value)
{
    message_put(w, type, &value, sizeof value);
}

void message_put_text(struct nl_writer *w, uint16_t type, const char *text)
{
    size_t n = 0;

    while (text[n] != '\0')
        n++;
    message_put(w, type, text, n + 1);
}

void message_put_ip(struct nl_writer *w, uint16_t type, const struct tarn_ip *ip)
{
    bool four = tarn_ip_is4(ip);

    message_put(w, type, four ? ip->b + 12 : ip->b, four ? 4 : 16);
}

size_t message_nest(struct nl_writer *w, uint16_t type)
{
    size_t at = w->used;

    message_put(w, type | NLA_F_NESTED, NULL, 0);
    return at;
}

void message_nest_end(struct nl_writer *w, size_t nest)
{
    uint16_t n = (uint16_t)(w->used - nest);

    if (!w->full)
        memcpy(w->at + nest, &n, sizeof n);
}

bool message_end(struct nl_writer *w)
{
    uint32_t n = (uint32_t)(w->used - w->message);

    if (w->full) {
        w->used = w->message;
        return false;
    }
    memcpy(w->at + w->message, &n, sizeof n);
    return true;
}

bool message_attr(const uint8_t *bytes, size_t n, size_t *at, struct nl_value *out)
{
    struct nl_attr a;

    if (*at >= n || n - *at < sizeof a)
        return false;
    memcpy(&a, bytes + *at, sizeof a);
    if (a.len < sizeof a || a.len > n - *at)
        return false;
    *out = (struct nl_value){a.type & NLA_TYPE_MASK, (uint16_t)(a.len - sizeof a),
                             bytes + *at + sizeof a};
    *at += aligned(a.len);
    return true;
}

bool message_body(const struct nl_request *q, void *out, size_t n)
{
    memset(out, 0, n);
    memcpy(out, q->body, q->body_bytes < n ? q->body_bytes : n);
    return q->body_bytes >= n;
}

uint32_t message_u32(const struct nl_value *v)
{
    uint32_t value = 0;

    memcpy(&value, v->at, v->n < sizeof value ? v->n : sizeof value);
    return value;
}

bool message_ip(const struct nl_value *v, uint8_t family, struct tarn_ip *out)
{
    if (v->n != (family == NL_AF_INET ? 4 : 16))
        return false;
    *out = family == NL_AF_INET ? tarn_ip4(0) : (struct tarn_ip){{0}};
    memcpy(out->b + 16 - v->n, v->at, v->n);
    return true;
}
