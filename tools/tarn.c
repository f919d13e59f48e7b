/* tools/tarn.c - the tarn command: finds the subcommand in tool_table and runs it. */
#include <stdio.h>
#include <string.h>

#include "drivers/nearest.h"
#include "tools/tool.h"

/* Subcommands of the command line's contract; those without a tool are not in this version. */
static const char *const every_subcommand[] = {
    "run",   "up", "down",  "list",     "demo",   "wire", "sim",     "drill", "trace",
    "httpd", "nc", "proxy", "synproxy", "doctor", "save", "restore", NULL,
};

static const struct tool *tool_find(const char *name)
{
    for (size_t i = 0; tool_table[i] != NULL; i++)
        if (strcmp(tool_table[i]->name, name) == 0)
            return tool_table[i];
    return NULL;
}

static int print_help(void)
{
    printf("usage: tarn SUBCOMMAND [OPTION]...\n\n"
           "A TCP/IP stack in user space, and what runs programs on it.\n\nsubcommands:\n");
    for (size_t i = 0; tool_table[i] != NULL; i++)
        printf("  %-10s %s\n", tool_table[i]->name, tool_table[i]->summary);
    printf("\ntarn SUBCOMMAND --help says more.\n\nexample:\n  tarn run -- curl "
           "https://example.org/\n");
    return TOOL_OK;
}

/* Options without a subcommand are only those that tell about tarn itself. */
static int refuse_option(const char *name)
{
    struct nearest nearest = {.typed = name};
    char hint[96];

    nearest_try_list(&nearest, "--help,--version,-h,-V");
    nearest_hint(&nearest, "", hint, sizeof hint);
    (void)fprintf(stderr, "tarn: %s: no such option before a subcommand%s\n", name,
                  hint[0] != '\0' ? hint : "; write it behind one, as in tarn run --stats");
    return TOOL_USAGE;
}

static int refuse(const char *name)
{
    struct nearest nearest = {.typed = name};
    char hint[96];

    if (name[0] == '-')
        return refuse_option(name);
    for (size_t i = 0; every_subcommand[i] != NULL; i++) {
        if (strcmp(every_subcommand[i], name) == 0) {
            (void)fprintf(stderr, "tarn: %s: not in this version; see tarn --help\n", name);
            return TOOL_USAGE;
        }
    }
    for (size_t i = 0; tool_table[i] != NULL; i++)
        nearest_try(&nearest, tool_table[i]->name, strlen(tool_table[i]->name));
    nearest_hint(&nearest, "", hint, sizeof hint);
    (void)fprintf(stderr, "tarn: %s: no such subcommand%s\n", name,
                  hint[0] != '\0' ? hint : "; see tarn --help");
    return TOOL_USAGE;
}

int main(int argc, char **argv)
{
    const struct tool *tool;

    if (argc < 2) {
        (void)fprintf(stderr, "tarn: no subcommand; see tarn --help\n");
        return TOOL_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return print_help();
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("tarn %s\n", TARN_VERSION);
        return TOOL_OK;
    }
    tool = tool_find(argv[1]);
    return tool != NULL ? tool->run(argc - 1, argv + 1) : refuse(argv[1]);
}
