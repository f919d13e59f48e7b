/* drill/script/parse.c - reads a script: options, then events, each with its time. */
#include "drill/script/parse.h"
#include "drill/script/define.h"

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

/* Names of packetdrill's own suites tell for which family they are. */
static unsigned versions_of_name(const char *path)
{
    size_t n = strlen(path);

    if (n >= 6 && strcmp(path + n - 6, "v6.pkt") == 0)
        return DRILL_IPV6;
    if (n >= 6 && strcmp(path + n - 6, "v4.pkt") == 0)
        return DRILL_IPV4 | DRILL_MAPPED;
    return DRILL_VERSIONS;
}

static void defaults(struct drill_script *script, const char *path)
{
    /* those of packetdrill's suites */
    static const struct tarn_ip local6 = {{0xfd, 0x3d, 0x0a, 0x0b, 0x17, 0xd6, [15] = 1}};
    static const struct tarn_ip remote6 = {{0xfd, 0x3d, 0xfa, 0x7b, 0xd1, 0x7d, [15] = 1}};

    *script = (struct drill_script){
        .path = path,
        .locals = {tarn_ip4(0xc0a80001), local6},   /* 192.168.0.1 */
        .remotes = {tarn_ip4(0xc0000201), remote6}, /* 192.0.2.1 */
        .local_port = 8080,
        .remote_port = 8080,
        .mtu = 1500,
        .versions = versions_of_name(path),
        .tolerance_ns = -1,
        .tolerance_permille = 125,
    };
}

bool script_parse(struct drill_script *script, const char *path, const char *text,
                  enum drill_version version, struct drill_error *error)
{
    struct scan s = {.script = script, .error = error, .line = 1};
    struct drill_event **last = &script->events;

    memset(error, 0, sizeof *error);
    defaults(script, path);
    s.at = define_replace(script, text, version);
    while (scan_take(&s, "--"))
        parse_setting(&s);
    for (scan_blanks(&s); !s.failed && *s.at != '\0'; scan_blanks(&s)) {
        *last = parse_event(&s);
        if (*last != NULL)
            last = &(*last)->next;
    }
    if (script->events == NULL)
        scan_fail(&s, "no event: an empty script checks nothing");
    script->version = version;
    script->local = script->locals[version == DRILL_IPV6];
    script->remote = script->remotes[version == DRILL_IPV6];
    return !s.failed;
}

uint32_t script_packet_bytes(const struct drill_script *script, uint32_t ip4_bytes)
{
    return script->version == DRILL_IPV6 ? ip4_bytes + 20 : ip4_bytes;
}
