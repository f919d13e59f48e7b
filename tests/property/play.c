/* tests/property/play.c - a history from its first step to the last byte of memory given back. */
#include "tests/property/play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/pcapng.h"
#include "tests/property/record.h"

/* How long what is on its way may take on a good wire: a timer that was backed off to two minutes
 * comes first, on either side. Then keep-alive, user timeouts and TIME-WAIT end. */
enum { CALM_S = 900, END_S = 8000, WATCHDOG_S = 120, CALM_PACKETS = 20000 };

static struct world world; /* the one of this process */

static bool do_step(struct world *w, const struct step *s)
{
    return s->kind < STEP_LISTEN || s->kind >= STEP_MTU ? wire_step(w, s) : app_step(w, s);
}

/* The wire is good: a round trip of 2 ms, nothing is lost. */
static void calm_round(struct world *w)
{
    tarn_ns a, b, due;

    world_settle(w); /* what the applications have asked for is due at once */
    a = tarn_deadline(w->st[0]);
    b = tarn_deadline(w->st[1]);
    due = a < b ? a : b;
    if (w->flight[0].n + w->flight[1].n > 0) {
        world_advance(w, w->now + WORLD_MS);
        wire_deliver_all(w);
    } else {
        world_advance(w, due < w->now + WORLD_S ? due : w->now + WORLD_S);
    }
    check_world(w);
}

static uint64_t unread(const struct world *w)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < w->n_streams; i++)
        n += w->stream[i].written;
    return n;
}

/* Every byte arrives and every connection ends. */
static void finish(struct world *w)
{
    tarn_ns until = w->now + CALM_S * WORLD_S;
    uint64_t packets = w->packets + CALM_PACKETS + unread(w);

    app_calm(w);
    while (!app_finish(w)) {
        MUST(w->now < until, "what was written does not arrive");
        calm_round(w);
        MUST(w->packets < packets, "packets without end");
    }
    app_close_all(w);
    world_settle(w);
    until = w->now + END_S * WORLD_S;
    while (w->now < until) {
        tarn_ns a = tarn_deadline(w->st[0]), b = tarn_deadline(w->st[1]);

        if (a == TARN_NEVER && b == TARN_NEVER && w->flight[0].n + w->flight[1].n == 0)
            break;
        calm_round(w);
        MUST(w->packets < packets, "packets without end");
    }
    check_empty(w);
}

void play(const struct plan *p)
{
    struct world *w = &world;

    world_open(w, p);
    for (unsigned i = 0; i < p->n_steps; i++) {
        report->at = i;
        if (do_step(w, &p->steps[i])) {
            world_settle(w);
            check_world(w);
        }
    }
    report->at = p->n_steps;
    finish(w);
    report->count += w->count;
    world_close(w);
}

/* Waits for the process that plays. */
static bool ended_well(pid_t child)
{
    int status = 0;

    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("history: fork");
        exit(2);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (report->where[0] == '\0') {
        snprintf(report->where, sizeof report->where, "status %x", (unsigned)status);
        snprintf(report->text, sizeof report->text, "%s",
                 WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "the process has ended");
    }
    return false;
}

static void begin_apart(void)
{
    fflush(NULL);
    report->where[0] = report->text[0] = '\0';
}

bool play_apart(const struct plan *p)
{
    pid_t child;

    begin_apart();
    child = fork();
    if (child == 0) {
        alarm(WATCHDOG_S);
        play(p);
        _exit(0);
    }
    return ended_well(child);
}

bool record_script(const struct plan *p, unsigned end, const char *path)
{
    pid_t child;

    begin_apart();
    child = fork();
    if (child == 0) {
        alarm(WATCHDOG_S);
        world.rec = record_begin(end, path);
        play(p);
        record_end(&world);
        _exit(0);
    }
    (void)ended_well(child);
    return access(path, R_OK) == 0;
}

bool play_captured(const struct plan *p, const char *path)
{
    pid_t child;

    begin_apart();
    child = fork();
    if (child == 0) {
        alarm(WATCHDOG_S);
        MUST(pcapng_open(&world.capture, path, "history", PCAPNG_RAW_IP) == 0, "%s", path);
        play(p);
        pcapng_close(world.capture);
        _exit(0);
    }
    return ended_well(child);
}

bool play_seeds(uint64_t seed, unsigned n, unsigned each, enum inject inject)
{
    static struct plan p;
    pid_t child;

    begin_apart();
    child = fork();
    if (child == 0) {
        for (unsigned i = 0; i < n; i++) {
            alarm(WATCHDOG_S);
            report->seed = seed + i;
            plan_make(&p, seed + i, each);
            p.inject = inject;
            play(&p);
        }
        _exit(0);
    }
    return ended_well(child);
}
