/* tools/options.h - the command line of a subcommand, as a table.
 *
 * A subcommand lists its options once; help, environment, checking and the nearest name of an
 * unknown one come from the table. Every option --two-words is also TARN_TWO_WORDS in the
 * environment, which counts where the command line does not give the option. The options --help,
 * --version, --verbose,
 * --quiet and --color belong to every subcommand. */
#ifndef TARN_TOOLS_OPTIONS_H
#define TARN_TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { OPTION_WHY_BYTES = 256 };

/* One use of an option, as its setter sees it. */
struct option_use {
    const char *value;          /* NULL: given without one, where that is allowed */
    bool environment;           /* it stands in the environment */
    bool later;                 /* out: right, but not in this version */
    char why[OPTION_WHY_BYTES]; /* out: "what refused it; what to do" */
};

/* Note why the use is refused. Return false, for `return option_refuse(...)`. */
bool option_refuse(struct option_use *use, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool option_refuse_later(struct option_use *use);

struct option {
    const char *name;  /* without its dashes */
    char letter;       /* its short form, or 0 */
    const char *value; /* "CIDR": needs one; "[=json]": may have one; NULL: a flag */
    const char *help;  /* NULL: an option that is not in this version */

    /* Store the use in `into`; false after option_refuse(). A flag is called only when it is set.
     */
    bool (*set)(void *into, struct option_use *use);
};

/* A subcommand's command line. */
struct command {
    const char *name;             /* "run" */
    const char *operands;         /* "[--] PROGRAM [ARG]..." */
    const char *about;            /* what it does, one or two lines */
    void (*more)(void);           /* prints what stands below the options; NULL: nothing */
    const char *example;          /* one or more command lines */
    const struct option *options; /* ended by an empty row; NULL: only those of every subcommand */
    bool runs_program;            /* the first operand ends the options: the rest is a program's */
    int usage_status;             /* exit status of a line that makes no sense */
};

enum options_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* What every subcommand's line may say. */
struct options_common {
    int verbosity; /* 0; -1 after -q; one more for each -v */
    enum options_color color;
};

enum { COMMAND_GO_ON = -1 };

/* Read the environment and the line argv[1..argc), store each option by its setter. Returns
 * COMMAND_GO_ON, with *argc and *argv narrowed to the operands; or the exit status, after what is
 * to be said was printed: help and version on standard output, refusals on standard error. */
int command_parse(const struct command *command, void *into, struct options_common *common,
                  int *argc, char ***argv);

/* Print "tarn: NAME: why" for a line that is wrong as a whole. Returns the exit status for it. */
int command_refuse(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Is output on the descriptor to be coloured? NO_COLOR and TERM=dumb count under COLOR_AUTO. */
bool options_colored(const struct options_common *common, int fd);

#endif
