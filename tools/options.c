/* tools/options.c - reads a command line by its table of options.
 *
 * The line is read once into a list of uses, before any is stored: so a refused line has no effect,
 * and it is known which options the environment may still give. Uses are stored in this order:
 * those of the environment in the table's order, then the line's from left to right. */
#include "tools/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/nearest.h"
#include "tools/tool.h"

/* One option as it stands on the line. */
struct given {
    const struct option *option;
    bool common; /* stored in struct options_common */
    const char *value;
};

struct line {
    const struct command *command;
    struct given *given; /* room for one per character of the line */
    size_t n_given;
    char **operands;
    int n_operands;
};

bool option_refuse(struct option_use *use, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(use->why, sizeof use->why, format, args);
    va_end(args);
    return false;
}

bool option_refuse_later(struct option_use *use)
{
    use->later = true;
    return option_refuse(use, "not in this version");
}

int command_refuse(const struct command *command, const char *format, ...)
{
    va_list args;

    (void)fprintf(stderr, "tarn: %s: ", command->name);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    return command->usage_status;
}

/* --- the options of every subcommand --- */

static bool set_verbose(void *into, struct option_use *use)
{
    struct options_common *common = into;

    (void)use;
    common->verbosity++;
    return true;
}

static bool set_quiet(void *into, struct option_use *use)
{
    struct options_common *common = into;

    (void)use;
    common->verbosity = -1;
    return true;
}

static bool set_color(void *into, struct option_use *use)
{
    static const char *const names[] = {"auto", "always", "never"};
    struct options_common *common = into;

    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(use->value, names[i]) == 0) {
            common->color = (enum options_color)i;
            return true;
        }
    }
    return option_refuse(use, "no such choice; give auto, always or never");
}

/* Help and version end the command before anything is stored. */
static bool set_nothing(void *into, struct option_use *use)
{
    (void)into;
    (void)use;
    return true;
}

static const struct option common_options[] = {
    {"help", 'h', NULL, "print this help", set_nothing},
    {"version", 'V', NULL, "print the version", set_nothing},
    {"verbose", 'v', NULL, "say more, on standard error; twice: still more", set_verbose},
    {"quiet", 'q', NULL, "say nothing but errors", set_quiet},
    {"color", 0, "auto|always|never", "colour what is printed (auto: on a terminal)", set_color},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct option *rows_of(const struct command *command, bool common)
{
    static const struct option none[] = {{NULL, 0, NULL, NULL, NULL}};

    if (common)
        return common_options;
    return command->options != NULL ? command->options : none;
}

bool options_colored(const struct options_common *common, int fd)
{
    const char *term = getenv("TERM");

    if (common->color != COLOR_AUTO)
        return common->color == COLOR_ALWAYS;
    return getenv("NO_COLOR") == NULL && term != NULL && strcmp(term, "dumb") != 0 && isatty(fd);
}

static bool needs_value(const struct option *option)
{
    return option->value != NULL && strncmp(option->value, "[=", 2) != 0;
}

/* --- help --- */

static void print_rows(const struct option *rows)
{
    for (; rows->name != NULL; rows++) {
        char left[64];
        const char *value = rows->value != NULL ? rows->value : "";
        const char *space = needs_value(rows) ? " " : "";

        if (rows->help == NULL)
            continue;
        (void)snprintf(left, sizeof left, "%c%c%s --%s%s%s", rows->letter ? '-' : ' ',
                       rows->letter ? rows->letter : ' ', rows->letter ? "," : " ", rows->name,
                       space, value);
        if (strlen(left) <= 28)
            printf("  %-28s  %s\n", left, rows->help);
        else
            printf("  %s\n  %-28s  %s\n", left, "", rows->help);
    }
}

static void print_help(const struct command *command)
{
    printf("usage: tarn %s [OPTION]...%s%s\n\n%s\n", command->name,
           command->operands[0] != '\0' ? " " : "", command->operands, command->about);
    if (command->options != NULL) {
        printf("\noptions:\n");
        print_rows(command->options);
    }
    printf("\noptions of every subcommand:\n");
    print_rows(common_options);
    printf("\nEach option is also a variable of the environment: --color is TARN_COLOR.\n");
    if (command->more != NULL)
        command->more();
    printf("\nexample:\n  %s\n", command->example);
}

/* --- reading --- */

static const struct option *find_name(const struct line *line, const char *name, size_t len,
                                      bool *common)
{
    for (int which = 0; which < 2; which++) {
        *common = which == 1;
        for (const struct option *o = rows_of(line->command, *common); o->name != NULL; o++)
            if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
                return o;
    }
    return NULL;
}

static const struct option *find_letter(const struct line *line, char letter, bool *common)
{
    for (int which = 0; which < 2; which++) {
        *common = which == 1;
        for (const struct option *o = rows_of(line->command, *common); o->name != NULL; o++)
            if (o->letter == letter)
                return o;
    }
    return NULL;
}

static int refuse_unknown(const struct line *line, const char *name, size_t len)
{
    char typed[64], hint[96];
    struct nearest nearest = {.typed = typed};

    (void)snprintf(typed, sizeof typed, "%.*s", (int)len, name);
    for (int which = 0; which < 2; which++)
        for (const struct option *o = rows_of(line->command, which == 1); o->name != NULL; o++)
            nearest_try(&nearest, o->name, strlen(o->name));
    nearest_hint(&nearest, "--", hint, sizeof hint);
    return command_refuse(line->command, "--%s: no such option%s", typed,
                          hint[0] != '\0' ? hint : "; see --help");
}

static void give(struct line *line, const struct option *option, bool common, const char *value)
{
    line->given[line->n_given++] = (struct given){option, common, value};
}

/* --name, --name=value, --name value; *next is the word after it, and is used up where it is
 * needed. */
static int read_long(struct line *line, const char *word, char ***next)
{
    size_t len = strcspn(word, "=");
    const char *value = word[len] == '=' ? word + len + 1 : NULL;
    bool common;
    const struct option *option = find_name(line, word, len, &common);

    if (option == NULL)
        return refuse_unknown(line, word, len);
    if (option->value == NULL && value != NULL)
        return command_refuse(line->command, "--%s: takes no value; leave out =%s", option->name,
                              value);
    if (needs_value(option) && value == NULL) {
        if (**next == NULL || strcmp(**next, "--") == 0)
            return command_refuse(line->command, "--%s: needs a value; give %s", option->name,
                                  option->value);
        value = *(*next)++;
    }
    give(line, option, common, value);
    return COMMAND_GO_ON;
}

/* -v, -vv, -pVALUE, -p VALUE. */
static int read_short(struct line *line, const char *letters, char ***next)
{
    for (; *letters != '\0'; letters++) {
        bool common;
        const struct option *option = find_letter(line, *letters, &common);

        if (option == NULL)
            return command_refuse(line->command, "-%c: no such option; see --help", *letters);
        if (!needs_value(option)) {
            give(line, option, common, NULL);
            continue;
        }
        if (letters[1] == '\0' && (**next == NULL || strcmp(**next, "--") == 0))
            return command_refuse(line->command, "-%c: needs a value; give %s", *letters,
                                  option->value);
        give(line, option, common, letters[1] != '\0' ? letters + 1 : *(*next)++);
        break;
    }
    return COMMAND_GO_ON;
}

/* Sort the words of the line into options and operands; the operands move to its front. */
static int read_line(struct line *line, char **words)
{
    int status = COMMAND_GO_ON;

    line->operands = words;
    while (*words != NULL && status == COMMAND_GO_ON) {
        char *word = *words++;
        bool last = strcmp(word, "--") == 0;

        if (!last && word[0] == '-' && word[1] == '-') {
            status = read_long(line, word + 2, &words);
        } else if (!last && word[0] == '-' && word[1] != '\0') {
            status = read_short(line, word + 1, &words);
        } else {
            if (!last)
                line->operands[line->n_operands++] = word;
            last |= line->command->runs_program;
        }
        while (last && *words != NULL)
            line->operands[line->n_operands++] = *words++;
    }
    if (status == COMMAND_GO_ON)
        line->operands[line->n_operands] = NULL;
    return status;
}

/* --- storing --- */

static int store(const struct line *line, const struct option *option, void *into,
                 struct option_use *use, const char *as)
{
    const char *value = use->value != NULL ? use->value : "";
    const char *space = use->value == NULL ? "" : use->environment ? "=" : " ";

    if (option->set == NULL)
        (void)option_refuse_later(use);
    else if (option->set(into, use))
        return COMMAND_GO_ON;
    (void)command_refuse(line->command, "%s%s%.80s%s: %s", as, space, value,
                         strlen(value) > 80 ? "..." : "", use->why);
    return use->later ? TOOL_USAGE : line->command->usage_status;
}

static bool is_given(const struct line *line, const struct option *option)
{
    for (size_t i = 0; i < line->n_given; i++)
        if (line->given[i].option == option)
            return true;
    return false;
}

/* TARN_TWO_WORDS for two-words. */
static void variable_name(const struct option *option, char *name, size_t size)
{
    (void)snprintf(name, size, "TARN_%s", option->name);
    for (char *c = name; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
        else if (*c == '-')
            *c = '_';
    }
}

/* A flag's variable is a switch: 1 sets it, 0 and the empty string do not. */
static int store_variable(const struct line *line, const struct option *option, void *into)
{
    char name[64];
    struct option_use use = {.environment = true};

    variable_name(option, name, sizeof name);
    use.value = getenv(name);
    if (use.value == NULL || is_given(line, option))
        return COMMAND_GO_ON;
    if (!needs_value(option)) {
        if (use.value[0] == '\0' || strcmp(use.value, "0") == 0)
            return COMMAND_GO_ON;
        if (strcmp(use.value, "1") == 0)
            use.value = NULL;
        else if (option->value == NULL)
            return command_refuse(line->command, "%s=%s: not a switch; give 0 or 1", name,
                                  use.value);
    }
    return store(line, option, into, &use, name);
}

static int store_environment(const struct line *line, const struct option *rows, void *into)
{
    int status = COMMAND_GO_ON;

    for (; rows->name != NULL && status == COMMAND_GO_ON; rows++)
        if (rows->set != set_nothing)
            status = store_variable(line, rows, into);
    return status;
}

static int store_line(const struct line *line, void *into, struct options_common *common)
{
    int status = COMMAND_GO_ON;

    for (size_t i = 0; i < line->n_given && status == COMMAND_GO_ON; i++) {
        const struct given *given = &line->given[i];
        struct option_use use = {.value = given->value};
        char as[64];

        (void)snprintf(as, sizeof as, "--%s", given->option->name);
        status = store(line, given->option, given->common ? common : into, &use, as);
    }
    return status;
}

static int parse(struct line *line, void *into, struct options_common *common, char **words)
{
    int status = read_line(line, words);

    if (status != COMMAND_GO_ON)
        return status;
    if (is_given(line, &common_options[0])) {
        print_help(line->command);
        return TOOL_OK;
    }
    if (is_given(line, &common_options[1])) {
        printf("tarn %s\n", TARN_VERSION);
        return TOOL_OK;
    }
    status = store_environment(line, rows_of(line->command, true), common);
    if (status == COMMAND_GO_ON)
        status = store_environment(line, rows_of(line->command, false), into);
    return status == COMMAND_GO_ON ? store_line(line, into, common) : status;
}

int command_parse(const struct command *command, void *into, struct options_common *common,
                  int *argc, char ***argv)
{
    struct line line = {.command = command};
    size_t letters = 1;
    int status;

    for (int i = 1; i < *argc; i++)
        letters += strlen((*argv)[i]);
    line.given = calloc(letters, sizeof *line.given);
    if (line.given == NULL)
        return command_refuse(command, "reading the command line: no memory; make it shorter");
    *common = (struct options_common){0, COLOR_AUTO};
    status = parse(&line, into, common, *argv + 1);
    *argc = line.n_operands;
    *argv = line.operands;
    free(line.given);
    return status;
}
