/* drill/command.c - obeys the commands of a script: settings, routes, questions to the stack's
 * counters. Each is known by name; the rest is unsupported, which is a failure. */
#include "drill/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef bool command_fn(struct drill_run *r, const struct command *c);

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static bool unsupported(struct drill_run *r, const struct command *c)
{
    return run_fail(r, "unsupported: command '%s%s%s'", c->word[0], c->n > 1 ? " " : "",
                    c->n > 1 ? c->word[1] : "");
}

/* ---- settings ---- */

/* NAME=VALUE; a name may be the path of its file in procfs. */
static bool assign(struct drill_run *r, const struct command *c, const char *word)
{
    static const char root[] = "/proc/sys/";
    const char *equals = strchr(word, '=');
    char name[128];

    if (equals == NULL)
        return unsupported(r, c);
    if (strncmp(word, root, strlen(root)) == 0)
        word += strlen(root);
    snprintf(name, sizeof name, "%.*s", (int)(equals - word), word);
    for (char *at = name; (at = strchr(at, '/')) != NULL;)
        *at = '.';
    return settings_set(r, name, equals + 1);
}

/* sysctl -q A=1 B=2; set_sysctls.py /proc/sys/A=1 B=2; further settings alone: A=1 */
static bool set(struct drill_run *r, const struct command *c)
{
    for (unsigned i = strchr(c->word[0], '=') == NULL; i < c->n; i++)
        if (c->word[i][0] != '-' && !assign(r, c, c->word[i]))
            return false;
    return true;
}

static bool defaults(struct drill_run *r, const struct command *c)
{
    (void)c;
    settings_defaults(r);
    return true;
}

/* echo 3 > /sys/module/tcp_cubic/parameters/hystart_detect: how Linux's cubic finds the end of slow
 * start. */
static bool echo(struct drill_run *r, const struct command *c)
{
    static const char module[] = "/sys/module/tcp_cubic/parameters/";
    const char *name = c->into == NULL || strncmp(c->into, module, strlen(module)) != 0
                           ? ""
                           : c->into + strlen(module);

    if (c->n == 2 && strcmp(name, "hystart") == 0)
        return settings_set(r, "tcp.hystart", strcmp(c->word[1], "0") == 0 ? "0" : "6");
    if (c->n == 2 && strcmp(name, "hystart_detect") == 0)
        return settings_set(r, c->into, c->word[1]);
    return unsupported(r, c);
}

/* ---- routes ---- */

static const char *word_behind(const struct command *c, const char *name)
{
    for (unsigned i = 1; i + 1 < c->n; i++)
        if (strcmp(c->word[i], name) == 0)
            return strcmp(c->word[i + 1], "lock") == 0 ? c->word[i + 2] : c->word[i + 1];
    return NULL;
}

static uint32_t number_behind(const struct command *c, const char *name)
{
    const char *text = word_behind(c, name);

    return text == NULL ? 0 : (uint32_t)strtoul(text, NULL, 10);
}

/* The default route, and of it that of this very peer. */
static bool route_find(struct drill_run *r, struct tarn_route *out)
{
    uint32_t cursor = 0;

    while (tarn_route_next(run_stack(r), &cursor, out))
        if (!tarn_ip_is_any(&out->via))
            return true;
    return run_fail(r, "unsupported: a route without another one");
}

/* The route to the peer, whatever the address that is written: another one has no meaning. */
static bool route_mtu(struct drill_run *r, uint32_t mtu)
{
    struct tarn_control_error e = {.text = ""};
    struct tarn_route route;

    if (!route_find(r, &route))
        return false;
    route.to = (struct tarn_prefix){r->script.remote, 128};
    route.mtu = mtu;
    (void)tarn_route_del(run_stack(r), &route, r->world.now, &e);
    if (tarn_route_add(run_stack(r), &route, r->world.now, &e) < 0)
        return run_fail(r, "unsupported: a route of MTU %u: %s", mtu, e.text);
    sim_host_touch(r->host);
    return true;
}

/* ip route change ADDRESS via ADDRESS dev tun0 mtu lock N advmss N initcwnd N */
static bool ip_route(struct drill_run *r, const struct command *c)
{
    uint32_t mtu = number_behind(c, "mtu"), window = number_behind(c, "initcwnd");
    uint32_t mss = number_behind(c, "advmss"), heads = r->script.version == DRILL_IPV6 ? 60 : 40;
    char text[16];

    if (mss != 0 && (mtu == 0 || mss + heads != mtu) && mss + 40 != mtu)
        return run_fail(r, "unsupported: a route whose advmss is not that of its mtu");
    snprintf(text, sizeof text, "%u", window);
    if (window != 0 && !settings_set(r, "tcp.initial-window", text))
        return false;
    return mtu == 0 || route_mtu(r, mtu);
}

static bool ip(struct drill_run *r, const struct command *c)
{
    unsigned i = 1;

    while (i < c->n && c->word[i][0] == '-')
        i++;
    if (i + 1 < c->n && strcmp(c->word[i], "tcp_metrics") == 0 &&
        strcmp(c->word[i + 1], "flush") == 0) {
        tarn_tcp_metrics_flush(run_stack(r));
        return true;
    }
    if (i + 1 < c->n && (strcmp(c->word[i], "route") == 0 || strcmp(c->word[i], "ro") == 0) &&
        (strcmp(c->word[i + 1], "change") == 0 || strcmp(c->word[i + 1], "replace") == 0))
        return ip_route(r, c);
    return unsupported(r, c);
}

/* ---- questions: a command that prints nothing fails, and so does the script ---- */

/* Linux's counters that are ours, too: of events, and of drops. */
static const struct counter {
    const char *name;
    bool drops;
    unsigned row;
} counters[] = {
    {"TcpExtOutOfWindowIcmps", false, TARN_STAT_TCP_ICMP_WINDOW},
    {"TcpExtBeyondWindow", true, DROP_TCP_WINDOW},
    {"TcpExtPAWSEstab", true, DROP_TCP_PAWS},
    {"TcpExtPAWSActive", true, DROP_TCP_PAWS},
};

enum { N_COUNTERS = sizeof counters / sizeof counters[0] };
_Static_assert((int)N_COUNTERS <= (int)DRILL_COUNTERS, "run.h has room for what was told");

static uint64_t counter_now(struct drill_run *r, const struct counter *c)
{
    return c->drops ? tarn_drop_count(run_stack(r), (enum tarn_drop)c->row)
                    : tarn_stat(run_stack(r), (enum tarn_stat)c->row);
}

/* What a grep looks for; NULL: it is none. */
static const char *pattern_of(const struct command *c)
{
    if (c == NULL || c->n < 2 || strcmp(base_of(c->word[0]), "grep") != 0)
        return NULL;
    return c->word[c->n - 1];
}

/* nstat | grep NAME: has it grown since nstat was last asked? With | grep " 3 ": by so much? */
static bool nstat_find(struct drill_run *r, const struct command *reader, const uint64_t grown[])
{
    const char *name = pattern_of(reader), *amount = pattern_of(reader->reader);
    uint64_t wanted = amount == NULL ? 0 : strtoull(amount, NULL, 10);

    if (name == NULL || (reader->reader != NULL && amount == NULL))
        return unsupported(r, reader);
    for (unsigned i = 0; i < N_COUNTERS; i++)
        if (strcmp(counters[i].name, name) == 0) {
            if (amount != NULL && grown[i] != wanted)
                return run_fail(r, "%s has grown by %llu", name, (unsigned long long)grown[i]);
            return grown[i] > 0 || run_fail(r, "%s has not grown", name);
        }
    return run_fail(r, "unsupported: counter %s", name);
}

static bool nstat(struct drill_run *r, const struct command *c)
{
    uint64_t grown[N_COUNTERS];

    for (unsigned i = 0; i < N_COUNTERS; i++) {
        uint64_t now = counter_now(r, &counters[i]);

        grown[i] = now - r->told[i];
        r->told[i] = now;
    }
    return c->reader == NULL || nstat_find(r, c->reader, grown);
}

static bool is_listening(struct drill_run *r, uint16_t port)
{
    struct tarn_tcp_info info;
    struct tarn_addr local;
    uint32_t cursor = 0;
    tarn_sock s;

    while (tarn_sock_next(run_stack(r), &cursor, &s))
        if (tarn_tcp_info(run_stack(r), s, &info, r->world.now) == 0 &&
            info.state == TARN_TCP_LISTEN && tarn_local(run_stack(r), s, &local) == 0 &&
            local.port == port)
            return true;
    return false;
}

/* grep " 0A " /proc/net/tcp ... | grep ":1F90": is there a listener at the port? */
static bool grep(struct drill_run *r, const struct command *c)
{
    uint16_t port;

    if (c->n < 3 || strcmp(c->word[1], " 0A ") != 0 ||
        strncmp(c->word[2], "/proc/net/tcp", 13) != 0 || c->reader == NULL || c->reader->n < 2 ||
        c->reader->word[1][0] != ':')
        return unsupported(r, c);
    port = (uint16_t)strtoul(c->reader->word[1] + 1, NULL, 16);
    return is_listening(r, port) || run_fail(r, "nobody listens at port %u", port);
}

/* ---- files ---- */

/* dd bs=1 count=5 of=FILE */
static bool dd(struct drill_run *r, const struct command *c)
{
    struct drill_file *f = script_alloc(&r->script, sizeof *f);
    int64_t size = 512, count = 0;

    for (unsigned i = 1; i < c->n; i++) {
        if (strncmp(c->word[i], "bs=", 3) == 0)
            size = strtoll(c->word[i] + 3, NULL, 10);
        else if (strncmp(c->word[i], "count=", 6) == 0)
            count = strtoll(c->word[i] + 6, NULL, 10);
        else if (strncmp(c->word[i], "of=", 3) == 0)
            f->name = c->word[i] + 3;
    }
    if (f->name == NULL || size < 0 || count < 0 || size > 1 << 20 || count > 1 << 20)
        return unsupported(r, c);
    f->bytes = size * count;
    f->next = r->files;
    r->files = f;
    return true;
}

/* tc qdisc add dev tun0 root pfifo limit 0: the link takes nothing of the stack, until another one
 * is there. Else the link's queue neither delays nor drops. */
static bool tc(struct drill_run *r, const struct command *c)
{
    const char *limit = word_behind(c, "limit");

    sim_host_stop(r->host, 0, limit != NULL && strcmp(limit, "0") == 0);
    return true;
}

/* ---- all commands ---- */

/* These mean nothing here. */
static bool nothing(struct drill_run *r, const struct command *c)
{
    (void)r;
    (void)c;
    return true;
}

static const struct {
    const char *name;
    command_fn *fn;
} commands[] = {
    {"sysctl", set},
    {"set_sysctls.py", set},
    {"defaults.sh", defaults},
    {"echo", echo},
    {"ip", ip},
    {"nstat", nstat},
    {"grep", grep},
    {"dd", dd},
    {"rm", nothing}, /* of files that dd has made: nobody opens them afterwards */
    {"tc", tc},
    {"ethtool", nothing}, /* segments are as long as the path allows, whatever a driver offers */
    {"sleep", nothing},   /* time is the script's */
    {"true", nothing},
};

static bool command_obey(struct drill_run *r, const struct command *c)
{
    const char *name;

    if (c->n == 0)
        return true;
    name = base_of(c->word[0]);
    if (strncmp(name, "sysctl_restore_", 15) == 0) /* each run has a stack of its own */
        return true;
    if (strchr(name, '=') != NULL)
        return set(r, c);
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].fn(r, c);
    return unsupported(r, c);
}

/* A || B: B when A cannot be obeyed. */
static bool command_try(struct drill_run *r, const struct command *c)
{
    bool good = command_obey(r, c);

    if (good || c->otherwise == NULL)
        return good;
    r->failed = false;
    return command_try(r, c->otherwise);
}

bool command_run(struct drill_run *r, const char *text)
{
    const struct command *c;

    while ((c = command_split(r, text, &text)) != NULL)
        if (!command_try(r, c))
            return false;
    return !r->failed;
}
