/* tests/property/history.c - random histories of two TCPs over a hostile wire.
 *
 *      history [--seed N] [--steps N] [--each N] [--inject flip|no-fin] [--out DIR] [--pcap FILE]
 *
 * Plays histories of the seeds from N ("random": from the clock) on until there have been so many
 * steps: calls of an application, packets that arrived, were lost or changed, and ticks. One that
 * goes wrong is made as short as it can be, printed, and written as a packet script of either end:
 * DIR/history-SEED-END.pkt.
 *
 * With `--pcap` it plays the first history alone, and writes what both stacks have sent.
 *
 * `--inject` breaks the wire, and then the test is that a history finds that, that few steps are
 * left, and that drill plays the scripts. TAP on standard output. */
#include "drill/drill.h"
#include "tests/property/play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* LEFT_MAX: of a fault of the wire no more steps may be left. */
enum { BATCH = 16, STEPS_EACH = 1500, LEFT_MAX = 12 };

struct options {
    uint64_t seed, steps;
    unsigned each;
    enum inject inject;
    const char *out, *pcap;
};

static bool read_option(struct options *o, const char *name, const char *value)
{
    if (strcmp(name, "--seed") == 0)
        o->seed =
            strcmp(value, "random") == 0 ? (uint64_t)time(NULL) << 16 : strtoull(value, NULL, 10);
    else if (strcmp(name, "--steps") == 0)
        o->steps = strtoull(value, NULL, 10);
    else if (strcmp(name, "--each") == 0)
        o->each = (unsigned)strtoul(value, NULL, 10);
    else if (strcmp(name, "--out") == 0)
        o->out = value;
    else if (strcmp(name, "--pcap") == 0)
        o->pcap = value;
    else if (strcmp(name, "--inject") == 0 && strcmp(value, "flip") == 0)
        o->inject = INJECT_FLIP;
    else if (strcmp(name, "--inject") == 0 && strcmp(value, "no-fin") == 0)
        o->inject = INJECT_NO_FIN;
    else
        return false;
    return o->each >= 4 && o->each <= PLAN_STEPS_MAX;
}

static void tell(const char *what)
{
    printf("# %s: %s: %s (step %u)\n", what, report->where, report->text, report->at);
}

static unsigned tests;

static bool test(bool good, const char *what)
{
    printf("%sok %u - %s\n", good ? "" : "not ", ++tests, what);
    return good;
}

/* The history as a script of either end; false: drill finds something else than was recorded.
 * There are none of signed segments: drill does not sign. */
static bool write_scripts(const struct options *o, const struct plan *p)
{
    struct drill_options how = {.versions = p->six ? DRILL_IPV6 : DRILL_IPV4, .tolerance_ns = -1};
    struct drill_error error;
    bool good = true;
    char path[1024];

    if (p->auth != AUTH_NONE)
        return true;
    for (unsigned end = 0; end < ENDS; end++) {
        snprintf(path, sizeof path, "%s/history-%" PRIu64 "-%u.pkt", o->out, p->seed, end);
        if (!record_script(p, end, path)) {
            printf("# %s cannot be written\n", path);
            good = false;
        } else if (drill_file(path, &how, &error)) {
            printf("# %s plays\n", path);
        } else {
            printf("# %s line %u: %s\n", path, error.line, error.text);
            good = false;
        }
    }
    return good;
}

/* Makes the history that went wrong short. false: it does not go wrong alone. */
static bool explain(const struct options *o, struct plan *p)
{
    unsigned tries;

    printf("# seed %" PRIu64 "\n", report->seed);
    tell("found");
    plan_make(p, report->seed, o->each);
    p->inject = o->inject;
    if (play_apart(p)) {
        printf("# it does not happen again alone\n");
        return false;
    }
    tries = shrink(p);
    report->tell = true;
    (void)play_apart(p);
    tell("shortest");
    printf("# %u steps are left after %u histories\n", p->n_steps, tries);
    plan_print(p, stdout);
    return true;
}

static bool play_all(const struct options *o)
{
    struct timespec begin, end;
    uint64_t seed = o->seed;
    double s;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    while (report->count < o->steps) {
        if (!play_seeds(seed, BATCH, o->each, o->inject))
            return false;
        seed += BATCH;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    s = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    printf("# %" PRIu64 " steps in %" PRIu64 " histories, seeds %" PRIu64 " to %" PRIu64
           ", %.1f s, %.1f million steps a minute\n",
           report->count, seed - o->seed, o->seed, seed - 1, s, (double)report->count / s * 60e-6);
    return true;
}

/* Nothing may be wrong. */
static bool judge(const struct options *o)
{
    static struct plan p;
    char what[100];

    snprintf(what, sizeof what, "histories from seed %" PRIu64 " on", o->seed);
    if (play_all(o))
        return test(true, what);
    if (explain(o, &p))
        (void)write_scripts(o, &p);
    return test(false, what);
}

static bool judge_captured(const struct options *o)
{
    static struct plan p;
    bool good;

    plan_make(&p, o->seed, o->each);
    good = play_captured(&p, o->pcap);
    if (!good)
        tell("found");
    return test(good, "one history, captured");
}

/* The fault that is put in must be found. */
static bool judge_injected(const struct options *o)
{
    static struct plan p;
    bool good = test(!play_all(o), "a fault of the wire is found");

    if (!good)
        return false;
    good = test(explain(o, &p), "it happens again");
    good &= test(p.n_steps <= LEFT_MAX, "few steps are left");
    return test(write_scripts(o, &p), "both ends' scripts play") && good;
}

int main(int argc, char **argv)
{
    struct options o = {.seed = 1, .steps = 1000000, .each = STEPS_EACH, .out = "."};
    bool good;

    for (int i = 1; i < argc; i += 2)
        if (i + 1 == argc || !read_option(&o, argv[i], argv[i + 1])) {
            fprintf(stderr, "history: %s: no such option, or no value for it\n", argv[i]);
            return 2;
        }
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED) {
        perror("history: mmap");
        return 2;
    }
    if (o.pcap != NULL)
        good = judge_captured(&o);
    else
        good = o.inject == INJECT_NOTHING ? judge(&o) : judge_injected(&o);
    printf("1..%u\n", tests);
    return good ? 0 : 1;
}
