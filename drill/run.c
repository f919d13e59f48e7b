/* drill/run.c - plays a script: event after event, each when it is due. */
#include "drill/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drill/script/symbols.h"

enum {
    STANDSTILL = 100000, /* steps at one instant */
    EXACT_NS = 10000,
    TOLERANCE_NS = 4000000, /* packetdrill's */
};

#define SECOND      INT64_C(1000000000)
#define SCRIPT_ZERO ((tarn_ns)1000 * SECOND) /* the stack's clock when the script begins */
#define PATIENCE    (200 * SECOND)           /* for a packet that may come at any time */

bool run_fail(struct drill_run *r, const char *format, ...)
{
    va_list args;

    if (r->failed)
        return false;
    r->failed = true;
    r->error->line = r->line;
    va_start(args, format);
    vsnprintf(r->error->text, sizeof r->error->text, format, args);
    va_end(args);
    return false;
}

static double seconds(const struct drill_run *r, tarn_ns t)
{
    return (double)((int64_t)t - (int64_t)r->began) / 1e9;
}

/* How far from `due` is still right: the stack's timers tick each 1024 ns; with a tolerance, that
 * or an eighth of the gap before. */
int64_t run_slack(const struct drill_run *r, tarn_ns due)
{
    int64_t tolerance = r->options.tolerance_ns;
    int64_t gap = (int64_t)(due - r->last) / 1000 * r->script.tolerance_permille;

    if (tolerance < 0)
        tolerance = r->script.tolerance_ns;
    if (tolerance < 0 && r->options.strict)
        return EXACT_NS;
    if (tolerance < 0)
        tolerance = TOLERANCE_NS;
    return gap > tolerance ? gap : tolerance;
}

static void result_print(int64_t result, char *text, size_t n)
{
    const char *name = result < 0 ? symbol_errno((int)-result) : NULL;

    if (name != NULL)
        snprintf(text, n, "-1 %s", name);
    else
        snprintf(text, n, "%lld", (long long)result);
}

static bool result_check(struct drill_run *r, const struct drill_call *c, int64_t result)
{
    int64_t want = c->error != 0 ? -c->error : c->result->number;
    char got[40], wanted[40];

    if (c->result->kind == VALUE_ELLIPSIS || want == result || (c->any_error && result < 0))
        return true;
    result_print(result, got, sizeof got);
    result_print(want, wanted, sizeof wanted);
    return run_fail(r, "%s returned %s; the script wants %s", c->name, got, wanted);
}

/* The pending call, if it is done now. */
static void pending_try(struct drill_run *r)
{
    struct drill_pending *p = &r->pending;
    unsigned line = r->line;
    int64_t result, late;

    if (p->event == NULL || r->failed)
        return;
    r->line = p->event->line;
    result = call_try(r, p->event->call, p);
    if (result == CALL_WAITS) {
        r->line = line;
        return;
    }
    late = (int64_t)(r->world.now - p->due);
    if (late > p->slack || late < -p->slack)
        run_fail(r, "%s returned at %.6f; the script wants %.6f", p->event->call->name,
                 seconds(r, r->world.now), seconds(r, p->due));
    result_check(r, p->event->call, result);
    p->event = NULL;
    r->line = line;
}

bool run_step(struct drill_run *r, tarn_ns until)
{
    if (r->failed || !sim_step(&r->world, until))
        return false;
    if (r->world.steps_at_now > STANDSTILL)
        return run_fail(r, "the stack stands still at %.6f", seconds(r, r->world.now));
    sys_moved(r->sys);
    pending_try(r);
    return !r->failed;
}

bool run_advance(struct drill_run *r, tarn_ns until)
{
    while (run_step(r, until))
        continue;
    if (!r->failed)
        sim_run(&r->world, until);
    return !r->failed;
}

static bool play_call(struct drill_run *r, const struct drill_event *e, tarn_ns due)
{
    struct drill_pending begun = {.event = e, .began = due};
    int64_t result;

    if (r->pending.event != NULL)
        return run_fail(r, "the call of line %u has not returned", r->pending.event->line);
    begun.due = due + (tarn_ns)(e->time.end - e->time.at);
    begun.slack = run_slack(r, begun.due);
    result = call_try(r, e->call, &begun);
    if (r->failed)
        return false;
    if (result != CALL_WAITS) {
        if (e->time.is_blocking && begun.due > due + (tarn_ns)begun.slack)
            return run_fail(r, "%s returned at once; the script wants %.6f", e->call->name,
                            seconds(r, begun.due));
        return result_check(r, e->call, result) && run_advance(r, due);
    }
    if (!e->time.is_blocking)
        return run_fail(r, "%s does not return; a call that waits is written a...b", e->call->name);
    r->pending = begun;
    return run_advance(r, due);
}

static bool play_outbound(struct drill_run *r, const struct drill_event *e, tarn_ns *due)
{
    tarn_ns end = *due + (tarn_ns)(e->time.end - e->time.at), when;
    tarn_ns slack = (tarn_ns)run_slack(r, *due);
    bool any = e->time.when == WHEN_ANY;

    if (!run_expect(r, e->packet, any ? *due + PATIENCE : end + slack, &when))
        return false;
    if (!any && (when + slack < *due || when > end + slack))
        return run_fail(r, "packet came at %.6f; the script wants %.6f", seconds(r, when),
                        seconds(r, *due));
    *due = when > r->world.now ? when : r->world.now;
    return true;
}

static bool play(struct drill_run *r, const struct drill_event *e)
{
    tarn_ns due = (e->time.when == WHEN_ABSOLUTE ? r->began : r->last) + (tarn_ns)e->time.at;
    bool good;

    r->line = e->line;
    if (e->kind == DRILL_PACKET && !e->packet->inbound) {
        good = play_outbound(r, e, &due);
    } else if (due < r->world.now) {
        return run_fail(r, "due at %.6f, but it is %.6f already", seconds(r, due),
                        seconds(r, r->world.now));
    } else {
        good = run_advance(r, due);
        r->line = e->line;
        if (good && e->kind == DRILL_PACKET)
            good = run_inject(r, e->packet);
        else if (good && e->kind == DRILL_CALL)
            good = play_call(r, e, due);
        else if (good && e->kind == DRILL_CODE)
            good = code_run(r, e->text);
        else if (good)
            good = command_run(r, e->text);
    }
    r->last = due;
    return good;
}

/* What is left when the script has ended. */
static bool play_end(struct drill_run *r)
{
    struct drill_seen *seen;

    if (r->pending.event != NULL) {
        run_advance(r, r->pending.due + (tarn_ns)r->pending.slack);
        if (r->pending.event != NULL)
            return run_fail(r, "the call of line %u has not returned", r->pending.event->line);
    }
    if (!r->options.strict || r->failed || r->first_sent == r->n_sent)
        return !r->failed;
    seen = malloc(sizeof *seen);
    if (seen == NULL)
        abort();
    if (packet_read(r->sent[r->first_sent].frame, seen) == NULL) {
        char text[400];

        if (r->current != NULL)
            packet_relative(r->current, &seen->packet);
        packet_print(&seen->packet, text, sizeof text);
        run_fail(r, "the script ends, but the stack has also sent\n    %s  at %.6f", text,
                 seconds(r, r->sent[r->first_sent].when));
    }
    free(seen);
    return !r->failed;
}

/* The router of the stack's network: another host of it. */
static struct tarn_ip gateway_of(const struct drill_run *r)
{
    struct tarn_ip gateway = r->script.local;

    gateway.b[14] = 0xff;
    gateway.b[15] = gateway.b[15] == 0xfe ? 0xfd : 0xfe;
    return gateway;
}

static bool world_up(struct drill_run *r)
{
    struct sim_host_port port = {
        .address = {{r->script.local, r->script.version == DRILL_IPV6 ? 48 : 96 + 16}},
        .gateway = {gateway_of(r)},
        .mtu = script_packet_bytes(&r->script, r->script.mtu),
        .medium = LINK_IP,
        .offload = LINK_GSO_TX,
    };
    struct sim_host_config cfg = {.ports = &port, .n_ports = 1};
    int err;

    sim_world_init(&r->world, 1);
    r->world.now = r->began = r->last = SCRIPT_ZERO;
    err = sim_host_new(&r->world, "stack", &cfg, &r->host);
    if (err < 0)
        return run_fail(r, "the stack does not come up: error %d", -err);
    run_link_init(r);
    r->sys = sys_new(&(struct sys_config){.world = &r->world, .host = r->host});
    if (r->sys == NULL)
        abort();
    return settings_force(r) && run_advance(r, r->began);
}

static void event_print(const struct drill_run *r, const struct drill_event *e)
{
    char text[400];

    if (e->kind == DRILL_PACKET)
        packet_print(e->packet, text, sizeof text);
    else
        snprintf(text, sizeof text, "%s", e->kind == DRILL_CALL ? e->call->name : e->text);
    printf("%s:%u: %.6f %s\n", r->script.path, e->line, seconds(r, r->world.now), text);
}

/* The script over one of its versions. */
static bool play_over(struct drill_run *r, enum drill_version version)
{
    bool good;

    r->error->version = version;
    r->info_fd = r->newest_fd = -1;
    good = world_up(r);
    for (const struct drill_event *e = r->script.events; good && e != NULL; e = e->next) {
        good = play(r, e);
        if (r->options.verbose)
            event_print(r, e);
    }
    good = good && play_end(r);
    run_link_fini(r);
    sys_free(r->sys);
    sim_world_fini(&r->world);
    return good;
}

/* The text over one version: a script in play is read anew, as playing changes it. */
static bool text_over(const char *path, const char *text, enum drill_version version,
                      const struct drill_options *options, struct drill_error *error)
{
    struct drill_run *r = calloc(1, sizeof *r);
    bool good;

    if (r == NULL)
        abort();
    r->options = *options;
    r->error = error;
    good = script_parse(&r->script, path, text, version, error) &&
           ((r->script.versions & version) == 0 || play_over(r, version));
    script_free(&r->script);
    free(r);
    return good;
}

/* All of the file, terminated; NULL, and *error. */
static char *file_text(const char *path, struct drill_error *error)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    size_t n = 0, room = 0;

    memset(error, 0, sizeof *error);
    if (f == NULL) {
        snprintf(error->text, sizeof error->text, "cannot be read: %s", strerror(errno));
        return NULL;
    }
    do {
        room = room == 0 ? 16384 : 2 * room;
        text = realloc(text, room);
        if (text == NULL)
            abort();
        n += fread(text + n, 1, room - n - 1, f);
    } while (n == room - 1);
    text[n] = '\0';
    fclose(f);
    return text;
}

bool drill_text(const char *path, const char *text, const struct drill_options *options,
                struct drill_error *error)
{
    bool good = true;

    memset(error, 0, sizeof *error);
    for (unsigned v = 1; good && v < DRILL_VERSIONS; v <<= 1)
        if ((options->versions & v) != 0)
            good = text_over(path, text, (enum drill_version)v, options, error);
    return good;
}

bool drill_file(const char *path, const struct drill_options *options, struct drill_error *error)
{
    char *text = file_text(path, error);
    bool good = text != NULL && drill_text(path, text, options, error);

    free(text);
    return good;
}

unsigned drill_versions(const char *path, struct drill_error *error)
{
    char *text = file_text(path, error);
    struct drill_script script;
    unsigned versions = 0;

    if (text == NULL)
        return 0;
    if (script_parse(&script, path, text, DRILL_IPV4, error))
        versions = script.versions;
    script_free(&script);
    free(text);
    return versions;
}
