/* drill/code.c - code blocks: assertions over TCP_INFO and the stack's counters.
 *
 *      block   = { "assert" or [ "," message ] | name ("=" | "+=" | "-=") or | "print" message }
 *      or      = and { "or" and }            and  = not { "and" not }
 *      not     = "not" not | compare         compare = bits { ("=="|"!="|"<="|">="|"<"|">") bits }
 *      bits    = sum { ("|"|"^"|"&"|"<<"|">>") sum }, as tightly as Python has them
 *      sum     = term { ("+"|"-") term }     term = factor { ("*"|"//"|"/"|"%") factor }
 *      factor  = number | name | function "(" "text" ")" | "(" or ")" | ("-"|"~") factor
 *
 * Statements end at ';' or a line's end outside of brackets. Numbers are whole. A message is
 * skipped. Names that a block sets are known to those behind it. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "drill/code.h"

enum { DEPTH_MAX = 64 };

static int64_t any_of(struct code *c);

/* What is within something else: not too deep. */
static int64_t deeper(struct code *c, int64_t (*inner)(struct code *c))
{
    int64_t value = 0;

    if (c->depth++ > DEPTH_MAX)
        scan_fail(&c->scan, "nested too deep");
    if (!c->scan.failed)
        value = inner(c);
    c->depth--;
    return value;
}

static int64_t factor(struct code *c)
{
    int64_t value = 0;
    uint64_t number = 0;
    const char *name;

    if (scan_take(&c->scan, "(")) {
        value = deeper(c, any_of);
        scan_want(&c->scan, ")");
        return value;
    }
    if (scan_take(&c->scan, "-"))
        return (int64_t)(0 - (uint64_t)deeper(c, factor));
    if (scan_take(&c->scan, "~"))
        return ~deeper(c, factor);
    if (scan_word(&c->scan, "stat") || scan_word(&c->scan, "drops")) {
        code_counter(c, c->scan.at[-1] == 's', &value);
        return value;
    }
    name = scan_name(&c->scan);
    if (name == NULL) {
        scan_number(&c->scan, INT64_MAX, &number);
        return (int64_t)number;
    }
    code_name(c, name, &value);
    return value;
}

static int64_t term(struct code *c)
{
    int64_t value = factor(c);

    for (;;) {
        if (scan_take(&c->scan, "*")) {
            value = (int64_t)((uint64_t)value * (uint64_t)factor(c));
        } else if (scan_sees(&c->scan, "/") || scan_sees(&c->scan, "%")) {
            bool rest = *c->scan.at++ == '%';
            int64_t by;

            c->scan.at += !rest && *c->scan.at == '/';
            by = factor(c);
            if (by == 0 || (by == -1 && value == INT64_MIN))
                scan_fail(&c->scan, "division by zero");
            else
                value = rest ? value % by : value / by;
        } else {
            return value;
        }
    }
}

static int64_t sum(struct code *c)
{
    int64_t value = term(c);

    for (;;) {
        if (scan_take(&c->scan, "+"))
            value = (int64_t)((uint64_t)value + (uint64_t)term(c));
        else if (scan_take(&c->scan, "-"))
            value = (int64_t)((uint64_t)value - (uint64_t)term(c));
        else
            return value;
    }
}

static int64_t shifted(struct code *c)
{
    int64_t value = sum(c);

    for (;;) {
        bool left = scan_take(&c->scan, "<<");
        int64_t by;

        if (!left && !scan_take(&c->scan, ">>"))
            return value;
        by = sum(c) & 63;
        value = (int64_t)(left ? (uint64_t)value << by : (uint64_t)value >> by);
    }
}

static int64_t bits_and(struct code *c)
{
    int64_t value = shifted(c);

    while (scan_take(&c->scan, "&"))
        value &= shifted(c);
    return value;
}

static int64_t bits_xor(struct code *c)
{
    int64_t value = bits_and(c);

    while (scan_take(&c->scan, "^"))
        value ^= bits_and(c);
    return value;
}

static int64_t bits(struct code *c)
{
    int64_t value = bits_xor(c);

    while (scan_take(&c->scan, "|"))
        value |= bits_xor(c);
    return value;
}

/* a < b <= c holds when each pair does. */
static int64_t compare(struct code *c)
{
    int64_t left = bits(c), right;
    bool holds = true, any = false;

    for (;; left = right, any = true) {
        if (scan_take(&c->scan, "=="))
            holds &= left == (right = bits(c));
        else if (scan_take(&c->scan, "!="))
            holds &= left != (right = bits(c));
        else if (scan_take(&c->scan, "<="))
            holds &= left <= (right = bits(c));
        else if (scan_take(&c->scan, ">="))
            holds &= left >= (right = bits(c));
        else if (scan_take(&c->scan, "<"))
            holds &= left < (right = bits(c));
        else if (scan_take(&c->scan, ">"))
            holds &= left > (right = bits(c));
        else
            return any ? holds : left;
    }
}

static int64_t negated(struct code *c)
{
    return scan_word(&c->scan, "not") ? !deeper(c, negated) : compare(c);
}

static int64_t all_of(struct code *c)
{
    int64_t value = negated(c);

    while (scan_word(&c->scan, "and")) {
        int64_t more = negated(c);

        value = value && more;
    }
    return value;
}

static int64_t any_of(struct code *c)
{
    int64_t value = all_of(c);

    while (scan_word(&c->scan, "or")) {
        int64_t more = all_of(c);

        value = value || more;
    }
    return value;
}

/* Past a message: up to a ';' or the line's end that is in no bracket or text. */
static void skip_message(struct scan *s)
{
    unsigned depth = 0;

    for (; *s->at != '\0'; s->at++) {
        if (*s->at == '\'' || *s->at == '"') {
            const char *end = strchr(s->at + 1, *s->at);

            if (end == NULL)
                return;
            s->at = end;
        } else if (*s->at == '(') {
            depth++;
        } else if (*s->at == ')' && depth > 0) {
            depth--;
        } else if (depth == 0 && (*s->at == ';' || *s->at == '\n')) {
            return;
        } else if (*s->at == '\n') {
            s->line++;
        }
    }
}

static void assertion(struct code *c)
{
    const char *begin = c->scan.at;
    int64_t holds;

    c->values[0] = '\0';
    holds = any_of(c);
    if (!c->scan.failed && !holds)
        scan_fail(&c->scan, "assertion does not hold:%.*s%s", (int)(c->scan.at - begin), begin,
                  c->values);
    if (scan_take(&c->scan, ","))
        skip_message(&c->scan);
}

static void assignment(struct code *c)
{
    const char *name = scan_name(&c->scan);
    struct drill_variable *v = name == NULL ? NULL : code_variable(c, name);
    int op = scan_take(&c->scan, "+") ? '+' : scan_take(&c->scan, "-") ? '-' : '=';
    int64_t value;

    if (name == NULL || !scan_take(&c->scan, "=") || (v == NULL && op != '=')) {
        scan_fail(&c->scan, "unsupported: code '%.20s'", name != NULL ? name : c->scan.at);
        return;
    }
    value = any_of(c);
    if (v == NULL) {
        v = script_alloc(&c->run->script, sizeof *v);
        v->name = name;
        v->next = c->run->variables;
        c->run->variables = v;
    }
    v->value = op == '=' ? value : op == '+' ? v->value + value : v->value - value;
}

static void statement(struct code *c)
{
    c->depth = 0;
    if (scan_word(&c->scan, "print"))
        skip_message(&c->scan);
    else if (scan_word(&c->scan, "assert"))
        assertion(c);
    else
        assignment(c);
    while (scan_take(&c->scan, ";"))
        continue;
}

/* The text with lines that go on joined. */
static const char *joined(struct drill_run *r, const char *text)
{
    char *copy = script_alloc(&r->script, strlen(text) + 1), *at;

    memcpy(copy, text, strlen(text));
    while ((at = strstr(copy, "\\\n")) != NULL)
        at[0] = at[1] = ' ';
    return copy;
}

bool code_run(struct drill_run *r, const char *text)
{
    struct drill_error error = {.line = 0};
    struct code c = {.scan = {.script = &r->script, .error = &error, .at = joined(r, text)},
                     .run = r};
    socklen_t n = sizeof c.info;

    c.has_info = sys_is_socket(r->sys, r->info_fd) &&
                 sys_getsockopt(r->sys, r->info_fd, IPPROTO_TCP, TCP_INFO, &c.info, &n) == 0;
    c.scan.line = r->line;
    for (scan_blanks(&c.scan); !c.scan.failed && *c.scan.at != '\0'; scan_blanks(&c.scan))
        statement(&c);
    if (c.scan.failed) {
        r->line = error.line;
        run_fail(r, "%s", error.text);
    }
    return !c.scan.failed;
}
