/* drill/parse.c - reads a script: options, then events, each with its time. */
#include "drill/parse.h"
#include "drill/drill.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Memory of a script: a list of blocks. */
struct block {
    struct block *next;
    _Alignas(16) unsigned char bytes[];
};

void *script_alloc(struct drill_script *script, size_t bytes)
{
    struct block *b = calloc(1, sizeof *b + bytes);

    if (b == NULL)
        abort();
    b->next = script->memory;
    script->memory = b;
    return b->bytes;
}

void script_free(struct drill_script *script)
{
    struct block *b, *next;

    for (b = script->memory; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    script->memory = NULL;
}

/* +.1  0.5  +0...0.2  +.1~+.2  * */
static bool parse_time(struct scan *s, struct drill_time *t)
{
    memset(t, 0, sizeof *t);
    if (scan_take(s, "*")) {
        t->when = WHEN_ANY;
        return true;
    }
    t->when = scan_take(s, "+") ? WHEN_RELATIVE : WHEN_ABSOLUTE;
    if (!scan_seconds(s, &t->at))
        return false;
    t->end = t->at;
    t->is_blocking = scan_take(s, "...");
    t->is_range = !t->is_blocking && scan_take(s, "~");
    if (!t->is_blocking && !t->is_range)
        return true;
    scan_take(s, "+");
    return scan_seconds(s, &t->end) &&
           (t->end >= t->at || scan_fail(s, "a time range that ends before it begins"));
}

static void parse_what(struct scan *s, struct drill_event *e)
{
    if (scan_take(s, "<") || scan_sees(s, ">")) {
        bool inbound = !scan_take(s, ">");

        e->kind = DRILL_PACKET;
        e->packet = parse_packet(s, inbound);
    } else if (scan_take(s, "`")) {
        e->kind = DRILL_COMMAND;
        e->text = scan_until(s, "`");
    } else if (scan_take(s, "%{")) {
        e->kind = DRILL_CODE;
        e->text = scan_until(s, "}%");
    } else {
        e->kind = DRILL_CALL;
        e->call = parse_call(s);
    }
}

static void check_time(struct scan *s, const struct drill_event *e)
{
    bool outbound = e->kind == DRILL_PACKET && e->packet != NULL && !e->packet->inbound;

    if (e->time.is_blocking && e->kind != DRILL_CALL)
        scan_fail(s, "only a call takes a...b");
    if ((e->time.is_range || e->time.when == WHEN_ANY) && !outbound)
        scan_fail(s, "only an outbound packet takes a~b or *");
}

static struct drill_event *parse_event(struct scan *s)
{
    struct drill_event *e = script_alloc(s->script, sizeof *e);

    scan_blanks(s);
    e->line = s->line;
    e->time.when = WHEN_RELATIVE; /* commands and code may stand without a time */
    if (*s->at != '`' && *s->at != '%' && !parse_time(s, &e->time))
        return NULL;
    parse_what(s, e);
    check_time(s, e);
    return s->failed ? NULL : e;
}

static bool parse_address(struct scan *s, uint32_t *ip)
{
    uint64_t part;

    *ip = 0;
    for (unsigned i = 0; i < 4; i++) {
        if ((i > 0 && !scan_want(s, ".")) || !scan_number(s, 255, &part))
            return false;
        *ip = *ip << 8 | (uint32_t)part;
    }
    return true;
}

/* The longest first: one is the beginning of another. */
static const struct {
    const char *name;
    enum drill_version version;
} versions[] = {{"ipv4-mapped-ipv6", DRILL_MAPPED}, {"ipv4", DRILL_IPV4}, {"ipv6", DRILL_IPV6}};

enum { N_VERSIONS = sizeof versions / sizeof versions[0] };

const char *drill_version_name(enum drill_version version)
{
    for (unsigned i = 0; i < N_VERSIONS; i++)
        if (versions[i].version == version)
            return versions[i].name;
    return "no version";
}

unsigned drill_version_find(const char *name)
{
    for (unsigned i = 0; i < N_VERSIONS; i++)
        if (strcmp(versions[i].name, name) == 0)
            return versions[i].version;
    return 0;
}

/* ipv4,ipv4-mapped-ipv6 */
static bool parse_versions(struct scan *s)
{
    s->script->versions = 0;
    do {
        unsigned i = 0;

        while (i < N_VERSIONS && !scan_take(s, versions[i].name))
            i++;
        if (i == N_VERSIONS)
            return scan_fail(s, "unsupported: ip_version '%.16s'", s->at);
        s->script->versions |= versions[i].version;
    } while (scan_take(s, ","));
    return true;
}

/* Behind "--". */
static bool parse_option(struct scan *s)
{
    struct drill_script *script = s->script;
    const char *name = scan_name(s);
    uint64_t number;

    if (name == NULL || !scan_want(s, "="))
        return scan_fail(s, "an option is --name=value");
    if (strcmp(name, "local_ip") == 0)
        return parse_address(s, &script->local_ip);
    if (strcmp(name, "remote_ip") == 0)
        return parse_address(s, &script->remote_ip);
    if (strcmp(name, "ip_version") == 0)
        return parse_versions(s);
    if (!scan_number(s, 1000000000, &number))
        return false;
    if (strcmp(name, "tolerance_usecs") == 0)
        script->tolerance_ns = (int64_t)number * 1000;
    else if (strcmp(name, "bind_port") == 0)
        script->local_port = (uint16_t)number;
    else if (strcmp(name, "mtu") == 0)
        script->mtu = (uint32_t)number;
    else
        return scan_fail(s, "unsupported: option --%s", name);
    return true;
}

bool script_parse(struct drill_script *script, const char *path, const char *text,
                  struct drill_error *error)
{
    struct scan s = {.script = script, .error = error, .at = text, .line = 1};
    struct drill_event **last = &script->events;

    memset(script, 0, sizeof *script);
    memset(error, 0, sizeof *error);
    script->path = path;
    script->local_ip = 0xc0a80001;  /* 192.168.0.1 */
    script->remote_ip = 0xc0000201; /* 192.0.2.1 */
    script->local_port = 8080;
    script->mtu = 1500;
    script->versions = DRILL_VERSIONS;
    script->tolerance_ns = -1;
    while (scan_take(&s, "--"))
        parse_option(&s);
    for (scan_blanks(&s); !s.failed && *s.at != '\0'; scan_blanks(&s)) {
        *last = parse_event(&s);
        if (*last != NULL)
            last = &(*last)->next;
    }
    script_use(script, DRILL_IPV4);
    return !s.failed;
}

void script_use(struct drill_script *script, enum drill_version version)
{
    /* packetdrill's, as are the addresses of IPv4 */
    static const struct tarn_ip local6 = {{0xfd, 0x3d, 0x0a, 0x0b, 0x17, 0xd6, [15] = 1}};
    static const struct tarn_ip remote6 = {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}};

    script->version = version;
    script->local = version == DRILL_IPV6 ? local6 : tarn_ip4(script->local_ip);
    script->remote = version == DRILL_IPV6 ? remote6 : tarn_ip4(script->remote_ip);
}

uint32_t script_packet_bytes(const struct drill_script *script, uint32_t ip4_bytes)
{
    return script->version == DRILL_IPV6 ? ip4_bytes + 20 : ip4_bytes;
}
