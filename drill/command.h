/* drill/command.h - commands of a script. None reaches a shell. */
#ifndef TARN_DRILL_COMMAND_H
#define TARN_DRILL_COMMAND_H

#include "drill/run.h"

enum { COMMAND_WORDS = 64, COMMAND_DEPTH = 8 };

/* One command: its words without quotes and redirections, the one that reads what it prints, and
 * the one that is obeyed when it fails. */
struct command {
    const char *word[COMMAND_WORDS + 1]; /* NULL behind the last */
    unsigned n;
    struct command *reader;    /* behind a '|', or NULL */
    struct command *otherwise; /* behind a "||", or NULL */
    const char *into;          /* behind a '>' */
};

/* Obeys all commands in the text, one after the other; what is not known is a failure. command.c */
bool command_run(struct drill_run *r, const char *text);

/* Splits the text at its first ';', line end or "&&"; *rest is behind it. NULL: nothing is left, or
 * a failure. command_split.c */
struct command *command_split(struct drill_run *r, const char *text, const char **rest);

/* A setting, under Linux's name or the stack's. settings.c */
bool settings_set(struct drill_run *r, const char *name, const char *text);
/* Those that packetdrill's suites begin with. settings.c */
void settings_defaults(struct drill_run *r);

#endif
