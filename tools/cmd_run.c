/* tools/cmd_run.c - tarn run: an unmodified program over a private stack.
 *
 *      program --control calls--> supervisor --> posix --> struct tarn <--> links
 *         \----- read, write ----- AF_UNIX pairs --/
 *
 * This file only joins the parts and decides when it is over: when the last process under the
 * filter has ended, no socket has bytes of a program left to pass on, and what was sent has been
 * acknowledged, or nobody has acknowledged anything for a while. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interpose/interpose.h"
#include "posix/posix.h"
#include "run/app.h"
#include "run/clock.h"
#include "run/configure.h"
#include "run/stack.h"
#include "run/stats.h"
#include "tools/run_options.h"
#include "tools/run_views.h"
#include "tools/tool.h"

/* How long a private stack outlives its program to deliver what was sent; nanoseconds. */
#define LINGER_NS    (UINT64_C(60) * 1000000000)
#define POLL_SPIN_NS (UINT64_C(20) * 1000)

struct run {
    struct run_options options;
    struct run_stack stack;
    struct run_stats *stats;
    struct supervisor *supervisor;
    struct posix *posix;
    char *resolv; /* what the program finds in /etc/resolv.conf; NULL: the system's */
    FILE *log;
};

static struct run *the_run; /* the supervisor's log has no context: one program, one run */

static void log_line(const char *line)
{
    if (the_run->options.common.verbosity >= 0)
        fprintf(the_run->log, "tarn: %s\n", line);
}

static void refused_line(const char *line)
{
    fprintf(the_run->log, "tarn: run: %s\n", line);
}

static int failed(const struct run *r, const char *what)
{
    fprintf(r->log, "tarn: run: %s\n", what);
    return RUN_FAILED;
}

/* The name servers may be others now. */
static void renew_resolv(struct run *r)
{
    char *resolv = run_view_resolv(&r->options, &r->stack);

    if (r->resolv == NULL || resolv == NULL || strcmp(resolv, r->resolv) == 0) {
        free(resolv);
        return;
    }
    free(r->resolv);
    r->resolv = resolv;
    /* Refused: that the program may see the system's was told at the start. */
    (void)supervisor_rewrite(r->supervisor, SUPERVISOR_RESOLV_CONF, resolv);
}

static void on_event(void *ctx, struct tarn *st, const struct tarn_event *ev, tarn_ns now)
{
    struct run *r = ctx;

    if (ev->kind == TARN_EVENT_CONTROL)
        renew_resolv(r);
    if (run_app_event(&r->stack, ev, now) || ev->kind != TARN_EVENT_SOCKET)
        return;
    if (r->stats != NULL && (ev->ready & (TARN_HUP | TARN_ERR)) != 0)
        run_stats_note(r->stats, st, ev->sock, now);
    posix_event(r->posix, ev, now);
}

/* The program gives a socket up: last chance to see what became of the connection. */
static void on_closing(void *ctx, tarn_sock s, tarn_ns now)
{
    struct run *r = ctx;

    if (r->stats != NULL)
        run_stats_note(r->stats, r->stack.st, s, now);
}

/* --- descriptors of the loop --- */

static void service_supervisor(void *ctx, tarn_ns now)
{
    (void)now;
    supervisor_service(((struct run *)ctx)->supervisor);
}

static void service_posix(void *ctx, tarn_ns now)
{
    posix_service(ctx, now);
}

static tarn_ns deadline_posix(void *ctx)
{
    return posix_deadline(ctx);
}

static void tick_posix(void *ctx, tarn_ns now)
{
    posix_tick(ctx, now);
}

static int join_services(struct run *r)
{
    const struct run_service posix = {.fd = posix_fd(r->posix),
                                      .ctx = r->posix,
                                      .ready = service_posix,
                                      .deadline = deadline_posix,
                                      .tick = tick_posix};
    const struct run_service supervisor = {
        .fd = supervisor_fd(r->supervisor), .ctx = r, .ready = service_supervisor};
    int err = run_loop_add_service(r->stack.loop, &supervisor);

    return err != 0 ? err : run_loop_add_service(r->stack.loop, &posix);
}

/* --- the stack and its links --- */

/* -p: the first slirp link listens for us. */
static int pass_forwards(struct run *r, struct link_arg *args)
{
    const struct run_options *o = &r->options;

    for (unsigned i = 0; i < o->n_forwards; i++)
        args[i] = (struct link_arg){.key = "forward", .value = o->forwards[i].text};
    for (unsigned i = 0; i < o->n_links && o->n_forwards > 0; i++) {
        if (strncmp(o->links[i].uri, "slirp", 5) != 0)
            continue;
        r->options.links[i].more = args;
        r->options.links[i].n_more = o->n_forwards;
        return 0;
    }
    return o->n_forwards == 0
               ? 0
               : failed(r, "-p: no link of this stack forwards ports; add --link slirp");
}

static int open_links(struct run *r)
{
    struct link_arg forwards[RUN_MAX_FORWARDS];
    char error[256];
    int err, status = pass_forwards(r, forwards);

    for (unsigned i = 0; i < r->options.n_links && status == 0; i++) {
        err = run_stack_link(&r->stack, &r->options.links[i], error, sizeof error);
        if (err != 0)
            status = failed(r, error);
        if (err == -TARN_ENOSYS)
            status = TOOL_USAGE; /* a link that is not in this version */
    }
    return status;
}

static int open_stack(struct run *r)
{
    const struct run_stack_config cfg = {.event = on_event, .ctx = r};
    char error[256];

    if (run_stack_open(&r->stack, &cfg, error, sizeof error) != 0)
        return failed(r, error);
    if (r->options.poll)
        run_loop_set_spin(r->stack.loop, POLL_SPIN_NS);
    if (r->options.cc != NULL && tarn_set_default_cc(r->stack.st, r->options.cc) != 0)
        return failed(r, "--cc: no such congestion control; see tarn run --help");
    for (unsigned i = 0; i < r->options.n_sets; i++)
        (void)tarn_param_set(r->stack.st, r->options.sets[i].param.name, r->options.sets[i].value);
    return open_links(r);
}

static int open_posix(struct run *r)
{
    struct posix_config cfg = {
        .stack = r->stack.st, .clock = run_clock, .closing = on_closing, .ctx = r};

    if (supervisor_init(&r->supervisor) != 0)
        return failed(r, "supervisor: no memory or no descriptor left; see tarn doctor");
    cfg.host = supervisor_host(r->supervisor);
    if (posix_init(&r->posix, &cfg) != 0)
        return failed(r, "sockets: no memory or no descriptor left; see tarn doctor");
    return join_services(r) == 0 ? 0 : failed(r, "loop: no descriptor left; see tarn doctor");
}

static int start_program(struct run *r)
{
    char *hosts = run_view_hosts(&r->stack);
    const struct supervisor_config cfg = {.server = posix_server(r->posix),
                                          .argv = r->options.program,
                                          .resolv_conf = r->resolv,
                                          .hosts = hosts,
                                          .log = log_line,
                                          .refused = refused_line};
    int status = supervisor_start(r->supervisor, &cfg);

    free(hosts);
    return status;
}

/* --- until it is over --- */

static bool delivered(const struct run *r)
{
    struct tarn_usage usage;

    tarn_usage(r->stack.st, &usage);
    return posix_open(r->posix) == 0 && usage.undelivered == 0;
}

static int turn_until_over(struct run *r)
{
    int status = RUN_FAILED;
    tarn_ns end;

    while (!supervisor_finished(r->supervisor, &status))
        run_loop_turn(r->stack.loop, TARN_NEVER);
    end = run_clock() + LINGER_NS;
    while (!delivered(r) && run_clock() < end) {
        run_loop_turn(r->stack.loop, end);
        if (r->stats != NULL)
            run_stats_note_all(r->stats, r->stack.st, run_clock());
    }
    return status;
}

static void print_stats(struct run *r)
{
    const bool json = r->options.stats == RUN_STATS_AS_JSON;

    if (r->stats != NULL)
        run_stats_print(r->log, json ? RUN_STATS_JSON : RUN_STATS_TEXT, &r->stack, r->stats,
                        run_clock());
}

static int run_all(struct run *r)
{
    char error[256];
    int status = open_stack(r);

    if (status == 0)
        status = open_posix(r);
    if (status == 0 && run_configure(&r->stack, error, sizeof error) < 0)
        status = failed(r, error);
    r->resolv = status == 0 ? run_view_resolv(&r->options, &r->stack) : NULL;
    if (status == 0 && (r->options.explain || r->options.common.verbosity > 0))
        run_explain(r->log, &r->options, &r->stack);
    if (status == 0)
        status = start_program(r);
    if (status == 0) {
        status = turn_until_over(r);
        print_stats(r);
    }
    return status;
}

static void close_all(struct run *r)
{
    run_app_close_all(&r->stack);
    if (r->posix != NULL)
        posix_fini(r->posix);
    if (r->supervisor != NULL)
        supervisor_fini(r->supervisor);
    run_stack_close(&r->stack);
    run_stats_free(r->stats);
    free(r->resolv);
    if (r->log != stderr)
        fclose(r->log);
}

static int cmd_run(int argc, char **argv)
{
    static struct run run; /* 64 KiB of options: too large for a stack frame */
    struct run *r = &run;
    int status = run_options_parse(&r->options, argc, argv);

    if (status != COMMAND_GO_ON)
        return status;
    the_run = r;
    r->log = r->options.log != NULL ? fopen(r->options.log, "ae") : stderr;
    if (r->log == NULL) {
        fprintf(stderr, "tarn: run: --log %s: %s; give a file that can be written\n",
                r->options.log, strerror(errno));
        return RUN_FAILED;
    }
    if (r->options.stats != RUN_STATS_NONE || r->options.common.verbosity > 1)
        r->stats = run_stats_new();
    status = run_all(r);
    close_all(r);
    return status;
}

const struct tool tool_run = {
    .name = "run",
    .summary = "run a program over a stack of its own",
    .run = cmd_run,
};
