/* drill/script/parse_call.c - reads a call: `connect(3, ..., ...) = -1 EINPROGRESS (in progress)`.
 */
#include <string.h>

#include "drill/script/parse.h"
#include "drill/script/symbols.h"

static struct drill_value *parse_value(struct scan *s, unsigned depth);

static struct drill_value *value_new(struct scan *s, enum drill_value_kind kind)
{
    struct drill_value *v = script_alloc(s->script, sizeof *v);

    v->kind = kind;
    v->count = -1;
    return v;
}

/* One number, with its sign or as a name. */
static bool parse_term(struct scan *s, int64_t *out)
{
    bool negative = scan_take(s, "-");
    const char *name = scan_name(s);
    uint64_t number;

    if (name != NULL) {
        if (!symbol_find(name, out))
            return scan_fail(s, "unsupported: name %s", name);
    } else {
        if (!scan_number(s, INT64_MAX, &number))
            return false;
        *out = (int64_t)number;
    }
    if (negative)
        *out = -*out;
    return true;
}

/* A|B|C */
static struct drill_value *parse_number(struct scan *s)
{
    struct drill_value *v = value_new(s, VALUE_NUMBER);
    int64_t term;

    do {
        if (!parse_term(s, &term))
            return NULL;
        v->number |= term;
    } while (scan_take(s, "|"));
    return v;
}

/* htons(8080), inet_addr("192.0.2.1"): the value itself, in host order. */
static struct drill_value *parse_wrapped(struct scan *s, unsigned depth)
{
    struct drill_value *v;

    scan_want(s, "(");
    v = parse_value(s, depth);
    scan_want(s, ")");
    return v;
}

/* "a\n" "b"... : pieces behind each other are one; an ellipsis says that more may follow. */
static struct drill_value *parse_text(struct scan *s)
{
    struct drill_value *v = value_new(s, VALUE_TEXT);
    size_t n = 0;

    do {
        size_t more;
        const char *piece = scan_text(s, &more);
        char *all = script_alloc(s->script, n + more + 1);

        if (piece == NULL)
            return NULL;
        memcpy(all, v->text == NULL ? "" : v->text, n);
        memcpy(all + n, piece, more);
        v->text = all;
        n += more;
    } while (scan_take(s, "\""));
    v->number = (int64_t)n;
    scan_take(s, "...");
    return v;
}

/* "events=", "msg_iov(2)=", "msg_name(...)=": the name, or NULL when a value stands here. */
static const char *parse_member_name(struct scan *s, int64_t *count)
{
    struct scan before = *s;
    const char *name = scan_name(s);
    uint64_t number = 0;

    *count = -1;
    if (name != NULL && scan_take(s, "(")) {
        if (!scan_take(s, "...") && *s->at >= '0' && *s->at <= '9' &&
            scan_number(s, INT64_MAX, &number))
            *count = (int64_t)number;
        if (!scan_take(s, ")"))
            name = NULL;
    }
    if (name != NULL && scan_take(s, "="))
        return name;
    *s = before;
    return NULL;
}

/* Behind '[' or '{'. */
static struct drill_value *parse_members(struct scan *s, enum drill_value_kind kind, unsigned depth)
{
    struct drill_value *v = value_new(s, kind), **last = &v->first;
    const char *close = kind == VALUE_LIST ? "]" : "}";

    while (!s->failed && !scan_take(s, close)) {
        int64_t count;
        const char *name = parse_member_name(s, &count);

        *last = parse_value(s, depth);
        if (*last == NULL)
            return NULL;
        (*last)->name = name;
        (*last)->count = count;
        last = &(*last)->next;
        if (!scan_take(s, ",") && !scan_sees(s, close))
            scan_fail(s, "'%s' is missing before '%.12s'", close, s->at);
    }
    return v;
}

static struct drill_value *parse_value(struct scan *s, unsigned depth)
{
    if (depth > 8) {
        scan_fail(s, "nested too deep");
        return NULL;
    }
    if (scan_take(s, "..."))
        return value_new(s, VALUE_ELLIPSIS);
    if (scan_take(s, "["))
        return parse_members(s, VALUE_LIST, depth + 1);
    if (scan_take(s, "{"))
        return parse_members(s, VALUE_STRUCT, depth + 1);
    if (scan_word(s, "htons") || scan_word(s, "htonl") || scan_word(s, "inet_addr") ||
        scan_word(s, "inet6_addr"))
        return parse_wrapped(s, depth + 1);
    return scan_take(s, "\"") ? parse_text(s) : parse_number(s);
}

/* = -1 ENAME (what it means), or = 0x2 (flags O_RDWR) */
static bool parse_result(struct scan *s, struct drill_call *c)
{
    int64_t number;
    const char *name;

    if (!scan_want(s, "="))
        return false;
    c->result = parse_value(s, 0);
    if (c->result == NULL)
        return false;
    name = c->result->number == -1 ? scan_name(s) : NULL;
    c->any_error = c->result->number == -1 && name == NULL;
    if (name != NULL) {
        if (!symbol_find(name, &number))
            return scan_fail(s, "unsupported: errno %s", name);
        c->error = (int)number;
    }
    return !scan_take(s, "(") || scan_until(s, ")") != NULL;
}

struct drill_call *parse_call(struct scan *s)
{
    struct drill_call *c = script_alloc(s->script, sizeof *c);
    struct drill_value **last = &c->args;

    c->name = scan_name(s);
    if (c->name == NULL || !scan_want(s, "(")) {
        scan_fail(s, "neither packet nor call nor code: '%.12s'", s->at);
        return NULL;
    }
    while (!s->failed && !scan_take(s, ")")) {
        *last = parse_value(s, 0);
        if (*last == NULL)
            return NULL;
        last = &(*last)->next;
        c->n_args++;
        if (!scan_take(s, ",") && !scan_sees(s, ")"))
            scan_fail(s, "')' is missing before '%.12s'", s->at);
    }
    return !s->failed && parse_result(s, c) ? c : NULL;
}
