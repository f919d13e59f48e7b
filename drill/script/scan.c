/* drill/script/scan.c - reading a script's text piece by piece. */
#include "drill/script/scan.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool scan_fail(struct scan *s, const char *format, ...)
{
    va_list args;

    if (s->failed)
        return false;
    s->failed = true;
    s->error->line = s->line;
    va_start(args, format);
    vsnprintf(s->error->text, sizeof s->error->text, format, args);
    va_end(args);
    return false;
}

enum { SECONDS_MAX = 1000000 };

static void step(struct scan *s)
{
    s->line += *s->at == '\n';
    s->at++;
}

static void skip_line(struct scan *s)
{
    while (*s->at != '\0' && *s->at != '\n')
        s->at++;
}

static void skip_comment(struct scan *s)
{
    while (*s->at != '\0' && strncmp(s->at, "*/", 2) != 0)
        step(s);
    if (*s->at != '\0')
        s->at += 2;
}

void scan_blanks(struct scan *s)
{
    for (;;) {
        if (isspace((unsigned char)*s->at))
            step(s);
        else if (*s->at == '#' || strncmp(s->at, "//", 2) == 0)
            skip_line(s);
        else if (strncmp(s->at, "/*", 2) == 0)
            skip_comment(s);
        else
            return;
    }
}

bool scan_sees(struct scan *s, const char *text)
{
    scan_blanks(s);
    return !s->failed && strncmp(s->at, text, strlen(text)) == 0;
}

bool scan_take(struct scan *s, const char *text)
{
    if (!scan_sees(s, text))
        return false;
    s->at += strlen(text);
    return true;
}

bool scan_want(struct scan *s, const char *text)
{
    unsigned line = s->line;

    if (scan_take(s, text))
        return true;
    if (s->line == line && *s->at != '\0')
        return scan_fail(s, "'%s' is missing before '%.12s'", text, s->at);
    s->line = line; /* what is there belongs to another line */
    return scan_fail(s, "'%s' is missing at the end of the line", text);
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

bool scan_word(struct scan *s, const char *word)
{
    if (!scan_sees(s, word) || is_name(s->at[strlen(word)]))
        return false;
    s->at += strlen(word);
    return true;
}

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a' + 10);
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A' + 10);
    return 99;
}

bool scan_number(struct scan *s, uint64_t max, uint64_t *out)
{
    unsigned base = 10;
    uint64_t value = 0;

    scan_blanks(s);
    if (s->at[0] == '0' && (s->at[1] == 'x' || s->at[1] == 'X')) {
        base = 16;
        s->at += 2;
    }
    if (s->failed || digit_of(*s->at) >= base)
        return scan_fail(s, "a number is missing before '%.12s'", s->at);
    for (; digit_of(*s->at) < base; s->at++) {
        unsigned digit = digit_of(*s->at);

        if (digit > max || value > (max - digit) / base)
            return scan_fail(s, "number above %llu", (unsigned long long)max);
        value = value * base + digit;
    }
    *out = value;
    return true;
}

bool scan_seconds(struct scan *s, int64_t *ns)
{
    int64_t place = 100000000;
    uint64_t whole = 0;

    scan_blanks(s);
    if (*s->at != '.' && !scan_number(s, SECONDS_MAX, &whole))
        return false;
    *ns = (int64_t)whole * 1000000000;
    if (*s->at != '.' || s->at[1] == '.') /* 1...2 */
        return true;
    for (s->at++; digit_of(*s->at) < 10; s->at++, place /= 10)
        *ns += place * digit_of(*s->at);
    return true;
}

/* A copy that lives with the script. */
static const char *copy_of(struct scan *s, const char *at, size_t n)
{
    char *copy = script_alloc(s->script, n + 1);

    memcpy(copy, at, n);
    return copy;
}

const char *scan_name(struct scan *s)
{
    const char *begin;

    scan_blanks(s);
    begin = s->at;
    if (s->failed || isdigit((unsigned char)*s->at))
        return NULL;
    while (is_name(*s->at))
        s->at++;
    return s->at == begin ? NULL : copy_of(s, begin, (size_t)(s->at - begin));
}

/* Behind a backslash. */
static int escaped(struct scan *s)
{
    static const char names[] = "nrtfvab", values[] = "\n\r\t\f\v\a\b";
    char c = *s->at;
    const char *name = c == '\0' ? NULL : strchr(names, c);
    unsigned value = 0;

    if (c != '\0')
        step(s);
    if (name != NULL)
        return values[name - names];
    if (c == 'x') {
        for (unsigned i = 0; i < 2 && digit_of(*s->at) < 16; i++)
            value = value * 16 + digit_of(*s->at++);
        return (int)value;
    }
    return c == '0' ? '\0' : c;
}

const char *scan_text(struct scan *s, size_t *n)
{
    const char *end = s->at;
    char *text;

    *n = 0;
    while (*end != '\0' && *end != '"')
        end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
    if (s->failed || *end == '\0') {
        scan_fail(s, "no '\"' behind '%.12s'", s->at);
        return NULL;
    }
    text = script_alloc(s->script, (size_t)(end - s->at) + 1);
    while (s->at < end) {
        char c = *s->at;

        step(s);
        text[(*n)++] = (char)(c == '\\' ? escaped(s) : c);
    }
    s->at = end + 1;
    return text;
}

const char *scan_until(struct scan *s, const char *end)
{
    const char *begin = s->at, *stop = strstr(begin, end);

    if (s->failed)
        return NULL;
    if (stop == NULL) {
        scan_fail(s, "no '%s' behind '%.12s'", end, begin);
        return NULL;
    }
    while (s->at < stop)
        step(s);
    s->at += strlen(end);
    return copy_of(s, begin, (size_t)(stop - begin));
}
