/* tools/run_options.h - the command line of `tarn run`, read and checked. */
#ifndef TARN_TOOLS_RUN_OPTIONS_H
#define TARN_TOOLS_RUN_OPTIONS_H

#include "run/stack.h"
#include "tools/options.h"

enum { RUN_MAX_ADDRESSES = 16, RUN_MAX_FORWARDS = 64, RUN_MAX_DNS = 3, RUN_MAX_SETS = 64 };

/* Exit statuses of `tarn run` where the program gives none. */
enum { RUN_FAILED = 125, RUN_CANNOT_EXECUTE = 126, RUN_NOT_FOUND = 127 };

enum run_via { RUN_VIA_AUTO, RUN_VIA_SECCOMP };

/* -p [ADDR:]PORT:PORT[/udp]: what arrives at the machine's address and port goes to the program's
 * address of the same family. */
struct run_forward {
    struct tarn_addr outside; /* 0.0.0.0 or ::: every one of the family; none given: 0.0.0.0 */
    uint16_t inside;
    bool udp;
    const char *text; /* as it was given */
};

/* --set NAME=VALUE: a parameter of the stack, within its range. */
struct run_set {
    struct tarn_param param;
    int64_t value;
};

/* --stats without a value, or --stats=json. */
enum run_stats_wanted { RUN_STATS_NONE, RUN_STATS_FOR_PEOPLE, RUN_STATS_AS_JSON };

/* All text is that of the command line or the environment. */
struct run_options {
    struct options_common common;
    struct run_link links[RUN_MAX_LINKS]; /* at least one; `more` is the caller's to fill */
    unsigned n_links;
    struct tarn_address addresses[RUN_MAX_LINKS][RUN_MAX_ADDRESSES]; /* links[i].addresses */
    struct run_forward forwards[RUN_MAX_FORWARDS];
    unsigned n_forwards;
    struct tarn_ip dns[RUN_MAX_DNS]; /* none: what the links propose or learn */
    unsigned n_dns;
    struct run_set sets[RUN_MAX_SETS];
    unsigned n_sets;
    enum run_via via;
    const char *cc; /* a name of cc_table; NULL: the default */
    bool poll;
    enum run_stats_wanted stats;
    bool explain;
    const char *log; /* a file; NULL: standard error */
    char **program;  /* its words, ended by NULL */

    /* Used while reading: options that stand before the first --link. */
    struct run_link first;
    struct tarn_address first_addresses[RUN_MAX_ADDRESSES];
    const char *first_option; /* the first of them on the line; NULL: all are of the environment */
};

/* Read the line. Returns COMMAND_GO_ON, or the exit status: 0 after --help or --version, 125 for a
 * line that makes no sense, 2 for what is not in this version. The options must stay where they
 * are. */
int run_options_parse(struct run_options *options, int argc, char **argv);

#endif
