/* tools/tarn.c - the tarn command: finds the subcommand in tool_table and runs it. */
#include "tools/tool.h"

#include <stdio.h>
#include <string.h>

static const struct tool *tool_find(const char *name)
{
    for (size_t i = 0; tool_table[i] != NULL; i++)
        if (strcmp(tool_table[i]->name, name) == 0)
            return tool_table[i];
    return NULL;
}

int main(int argc, char **argv)
{
    const struct tool *tool;

    if (argc < 2) {
        fprintf(stderr, "tarn: no subcommand: which one?; see tarn --help\n");
        return TOOL_USAGE;
    }
    tool = tool_find(argv[1]);
    if (tool == NULL) {
        fprintf(stderr, "tarn: %s: no such subcommand; see tarn --help\n", argv[1]);
        return TOOL_USAGE;
    }
    return tool->run(argc - 1, argv + 1);
}
