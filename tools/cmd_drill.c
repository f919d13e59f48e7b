/* tools/cmd_drill.c - tarn drill: plays packet scripts against the stack in virtual time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drill/drill.h"
#include "tools/options.h"
#include "tools/tool.h"

struct drill {
    struct options_common common;
    struct drill_options options;
};

static bool set_tolerance(void *into, struct option_use *use)
{
    struct drill *d = into;
    char *end;
    unsigned long us = strtoul(use->value, &end, 10);

    if (end == use->value || *end != '\0' || us > 1000000000)
        return option_refuse(use, "not a number of microseconds; give one, as in 4000");
    d->options.tolerance_ns = (int64_t)us * 1000;
    return true;
}

static bool set_strict(void *into, struct option_use *use)
{
    (void)use;
    ((struct drill *)into)->options.strict = true;
    return true;
}

static bool set_forced(void *into, struct option_use *use)
{
    const char *wrong = drill_force(&((struct drill *)into)->options, use->value);

    return wrong == NULL || option_refuse(use, wrong);
}

static bool set_core(void *into, struct option_use *use)
{
    (void)into;
    if (strcmp(use->value, "full") == 0)
        return true;
    if (strcmp(use->value, "micro") == 0)
        return option_refuse_later(use);
    return option_refuse(use, "no such core; give full");
}

static bool set_version(void *into, struct option_use *use)
{
    unsigned version = drill_version_find(use->value);

    if (version == 0)
        return option_refuse(use, "no such version; give ipv4, ipv6 or ipv4-mapped-ipv6");
    ((struct drill *)into)->options.versions = version;
    return true;
}

static const struct option options[] = {
    {"core", 0, "full|micro", "which core to play against; full", set_core},
    {"tolerance", 0, "US",
     "microseconds that packets may be early or late; else the script's, or 0", set_tolerance},
    {"ip-version", 0, "VERSION",
     "ipv4, ipv6 or ipv4-mapped-ipv6 alone, of those that the script allows; else all",
     set_version},
    {"set", 0, "NAME=VALUE", "force a parameter of the stack, whatever the script says",
     set_forced},
    {"strict", 0, NULL, "fail when the stack has sent what the script does not mention",
     set_strict},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct command drill_command = {
    .name = "drill",
    .operands = "FILE.pkt...",
    .about =
        "Plays packet scripts in packetdrill's language against the stack, in virtual time, over\n"
        "each version of IP that a script allows.\n"
        "What the interpreter does not support counts as failed.",
    .example = "tarn drill tests/script/tcp/three_way_handshake.pkt",
    .options = options,
    .usage_status = TOOL_USAGE,
};

static void print_failure(const char *path, const struct drill_error *e)
{
    if (e->version != 0)
        printf("%s:%u: %s: %s\n", path, e->line, drill_version_name(e->version), e->text);
    else
        printf("%s:%u: %s\n", path, e->line, e->text);
}

/* Over the versions that are wanted, counted; a script that has none of them is not. */
static void play(const char *path, const struct drill *d, unsigned *passed, unsigned *failed)
{
    struct drill_error error;
    unsigned versions = drill_versions(path, &error);

    if (versions != 0 && (versions & d->options.versions) == 0) {
        printf("%s: not for this version\n", path);
    } else if (versions != 0 && drill_file(path, &d->options, &error)) {
        ++*passed;
    } else {
        ++*failed;
        print_failure(path, &error);
    }
}

static int drill_run(int argc, char **argv)
{
    struct drill d = {.options = {.versions = DRILL_VERSIONS, .tolerance_ns = -1}};
    unsigned passed = 0, failed = 0;
    int status = command_parse(&drill_command, &d, &d.common, &argc, &argv);

    if (status != COMMAND_GO_ON)
        return status;
    if (argc == 0)
        return command_refuse(&drill_command, "no script; name one or more files");
    d.options.verbose = d.common.verbosity > 0;
    for (int i = 0; i < argc; i++)
        play(argv[i], &d, &passed, &failed);
    printf("%u passed, %u failed\n", passed, failed);
    return failed == 0 ? TOOL_OK : TOOL_FAILED;
}

const struct tool tool_drill = {
    .name = "drill",
    .summary = "plays packet scripts against the stack in virtual time",
    .run = drill_run,
};
