/* drill/script/define.c - words of a script that stand for others: `--define=NAME=VALUE`, and those
 * that differ with the version of IP, under the names that packetdrill's own suites give them.
 *
 * A word is replaced before the script is read; not in comments, texts, commands and code. Lines
 * keep their numbers. */
#include "drill/script/define.h"

#include <ctype.h>
#include <string.h>

struct define {
    const char *name, *value;
    size_t name_len, value_len;
};

struct state {
    struct define all[DEFINES_MAX];
    unsigned n;
    const char *at;
    char *out; /* NULL: only count */
    size_t len;
};

static const struct {
    const char *name, *value[3]; /* over IPv4, IPv6, mapped */
} given[] = {
    {"CMSG_LEVEL_IP", {"SOL_IP", "SOL_IPV6", "SOL_IPV6"}},
    {"CMSG_TYPE_RECVERR", {"IP_RECVERR", "IPV6_RECVERR", "IPV6_RECVERR"}},
    {"IP_LEVEL", {"SOL_IP", "SOL_IPV6", "SOL_IP"}},
    {"IP_TOS_OR_TCLASS", {"IP_TOS", "IPV6_TCLASS", "IP_TOS"}},
    {"IP_TTL_OR_HOPS", {"IP_TTL", "IPV6_UNICAST_HOPS", "IP_TTL"}},
    {"IP_MTU_OPTION", {"IP_MTU", "IPV6_MTU", "IP_MTU"}},
    {"IP_MTU_DISCOVER_OPTION", {"IP_MTU_DISCOVER", "IPV6_MTU_DISCOVER", "IP_MTU_DISCOVER"}},
    {"CODE", {"host_unreachable", "address_unreachable", "host_unreachable"}},
    /* what Linux computes for the usual addresses and the key of defaults.sh, and for one of zeros
     */
    {"TFO_COOKIE", {"3021b9d889017eeb", "c1d1e9742a47a9bc", "3021b9d889017eeb"}},
    {"TFO_COOKIE_ZERO", {"b7c12350a90dc8f5", "82af1a8f9a205c34", "b7c12350a90dc8f5"}},
};

static void add(struct state *s, const char *name, size_t name_len, const char *value,
                size_t value_len)
{
    if (s->n < DEFINES_MAX)
        s->all[s->n++] = (struct define){name, value, name_len, value_len};
}

static void put(struct state *s, const char *text, size_t n)
{
    if (s->out != NULL)
        memcpy(s->out + s->len, text, n);
    s->len += n;
}

/* What begins like this is copied up to its end. */
static const struct {
    const char *begin, *end;
} verbatim[] = {{"//", "\n"}, {"#", "\n"}, {"/*", "*/"}, {"\"", "\""}, {"`", "`"}, {"%{", "}%"}};

static bool copy_verbatim(struct state *s)
{
    for (unsigned i = 0; i < sizeof verbatim / sizeof verbatim[0]; i++) {
        size_t begin = strlen(verbatim[i].begin);
        const char *end;

        if (strncmp(s->at, verbatim[i].begin, begin) != 0)
            continue;
        end = strstr(s->at + begin, verbatim[i].end);
        end = end == NULL ? s->at + strlen(s->at) : end + strlen(verbatim[i].end);
        put(s, s->at, (size_t)(end - s->at));
        s->at = end;
        return true;
    }
    return false;
}

static size_t word_len(const char *at)
{
    size_t n = 0;

    while (isalnum((unsigned char)at[n]) || at[n] == '_')
        n++;
    return n;
}

/* --define=NAME=VALUE, as far as the line or the next blank; a text may hold blanks. */
static bool take_define(struct state *s)
{
    static const char head[] = "--define=";
    const char *name = s->at + strlen(head), *value;
    size_t name_len, n;

    if (strncmp(s->at, head, strlen(head)) != 0)
        return false;
    name_len = word_len(name);
    if (name_len == 0 || name[name_len] != '=')
        return false;
    value = name + name_len + 1;
    n = *value == '"' || *value == '`' ? strcspn(value + 1, *value == '"' ? "\"" : "`") + 2
                                       : strcspn(value, " \t\r\n");
    if (n > strlen(value))
        return false;
    add(s, name, name_len, value, n);
    s->at = value + n;
    return true;
}

static void copy_word(struct state *s, size_t n)
{
    for (unsigned i = s->n; i-- > 0;)
        if (s->all[i].name_len == n && memcmp(s->all[i].name, s->at, n) == 0) {
            put(s, s->all[i].value, s->all[i].value_len);
            s->at += n;
            return;
        }
    put(s, s->at, n);
    s->at += n;
}

static void replace_all(struct state *s)
{
    while (*s->at != '\0') {
        size_t n = word_len(s->at);

        if (n > 0) {
            copy_word(s, n);
        } else if (!take_define(s) && !copy_verbatim(s)) {
            put(s, s->at, 1);
            s->at++;
        }
    }
}

char *define_replace(struct drill_script *script, const char *text, enum drill_version version)
{
    unsigned which = version == DRILL_IPV4 ? 0 : version == DRILL_IPV6 ? 1 : 2;
    struct state s = {.at = text}, before;

    for (unsigned i = 0; i < sizeof given / sizeof given[0]; i++)
        add(&s, given[i].name, strlen(given[i].name), given[i].value[which],
            strlen(given[i].value[which]));
    before = s;
    replace_all(&s);
    before.out = script_alloc(script, s.len + 1);
    replace_all(&before);
    return before.out;
}
