/* tools/cmd_drill.c - tarn drill: plays packet scripts against the stack in virtual time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drill/drill.h"
#include "drill/files.h"
#include "drivers/pcapng.h"
#include "tools/drill_summary.h"
#include "tools/options.h"
#include "tools/tool.h"
#include "tools/values.h"

struct drill {
    struct options_common common;
    struct drill_options options;
    struct drill_capture capture;
    const char *pcap; /* or NULL */
    bool summary;
    struct drill_summary rows;
    unsigned passed, failed;
};

static bool set_tolerance(void *into, struct option_use *use)
{
    struct drill *d = into;
    static const struct value_range range = {"number of microseconds", 0, 1000000000};
    uint64_t us;

    if (!value_number(use->value, strlen(use->value), &range, &us, use))
        return false;
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
    struct tarn_param param;
    int64_t value;
    const char *wrong;

    if (!value_param(use->value, &param, &value, use))
        return false;
    wrong = drill_force(&((struct drill *)into)->options, use->value);
    return wrong == NULL || option_refuse(use, "%s; leave it out", wrong);
}

static bool set_pcap(void *into, struct option_use *use)
{
    ((struct drill *)into)->pcap = use->value;
    return true;
}

static bool set_summary(void *into, struct option_use *use)
{
    (void)use;
    ((struct drill *)into)->summary = true;
    return true;
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
     "microseconds that packets may be early or late; else the script's, or 4000; 10 if strict",
     set_tolerance},
    {"ip-version", 0, "VERSION",
     "ipv4, ipv6 or ipv4-mapped-ipv6 alone, of those that the script allows; else all",
     set_version},
    {"set", 0, "NAME=VALUE", "force a parameter of the stack, whatever the script says",
     set_forced},
    {"strict", 0, NULL, "fail when the stack has sent what the script does not mention",
     set_strict},
    {"summary", 0, NULL, "close with a table of the folders", set_summary},
    {"pcap", 0, "FILE", "write every packet to a pcapng file", set_pcap},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct command drill_command = {
    .name = "drill",
    .operands = "FILE.pkt|FOLDER...",
    .about =
        "Plays packet scripts in packetdrill's language against the stack, in virtual time, over\n"
        "each version of IP that a script allows; of a folder all that lie below it.\n"
        "What the interpreter does not support counts as failed.",
    .example = "tarn drill --summary tests/script",
    .options = options,
    .usage_status = TOOL_USAGE,
};

/* What went wrong over which versions; those that say the same share a line. */
static void print_failures(const char *path, const struct drill_error *errors, unsigned failed)
{
    for (unsigned i = 0; i < DRILL_COLUMNS; i++) {
        char names[80];
        size_t n = 0;

        if ((failed & 1u << i) == 0)
            continue;
        for (unsigned k = i; k < DRILL_COLUMNS; k++)
            if ((failed & 1u << k) != 0 && errors[k].line == errors[i].line &&
                strcmp(errors[k].text, errors[i].text) == 0) {
                n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n == 0 ? "" : ", ",
                                      drill_version_name((enum drill_version)(1u << k)));
                failed &= ~(1u << k);
            }
        printf("%s:%u: %s: %s\n", path, errors[i].line, names, errors[i].text);
    }
}

/* Over the versions that are wanted; a script that has none of them is not counted. */
static void play(const char *path, struct drill *d)
{
    struct drill_error errors[DRILL_COLUMNS];
    unsigned wanted = d->options.versions, failed = 0;
    unsigned versions = drill_versions(path, &errors[0]);

    if (versions == 0) {
        if (errors[0].line > 0)
            printf("%s:%u: %s\n", path, errors[0].line, errors[0].text);
        else
            printf("%s: %s\n", path, errors[0].text);
        d->failed++;
        return;
    }
    if ((versions & wanted) == 0) {
        printf("%s: not for this version\n", path);
        return;
    }
    for (unsigned i = 0; i < DRILL_COLUMNS; i++) {
        d->options.versions = wanted & versions & 1u << i;
        if (d->options.versions == 0)
            continue;
        if (!drill_file(path, &d->options, &errors[i]))
            failed |= 1u << i;
        drill_summary_count(&d->rows, path, i, (failed & 1u << i) == 0);
    }
    d->options.versions = wanted;
    print_failures(path, errors, failed);
    if (failed == 0)
        d->passed++;
    else
        d->failed++;
}

static int play_all(struct drill *d, int argc, char **argv)
{
    struct drill_files files = {.n = 0};

    for (int i = 0; i < argc; i++) {
        size_t before = files.n;
        int err = drill_files_add(&files, argv[i]);

        if (err == 0 && files.n > before)
            continue;
        fprintf(stderr, "tarn: drill: %s: %s; give a folder that can be read, with scripts in it\n",
                argv[i], err < 0 ? strerror(-err) : "no file NAME.pkt is below it");
        drill_files_free(&files);
        return TOOL_FAILED;
    }
    for (size_t i = 0; i < files.n; i++)
        play(files.path[i], d);
    drill_files_free(&files);
    if (d->summary)
        drill_summary_print(&d->rows);
    printf("%u passed, %u failed\n", d->passed, d->failed);
    return d->failed == 0 ? TOOL_OK : TOOL_FAILED;
}

/* With every packet in a file, if that is wanted. */
static int capture_all(struct drill *d, int argc, char **argv)
{
    int err, status;

    if (d->pcap == NULL)
        return play_all(d, argc, argv);
    err = pcapng_open(&d->capture.file, d->pcap, "drill", PCAPNG_RAW_IP);
    if (err < 0) {
        fprintf(stderr, "tarn: drill: --pcap %s: %s; name a file that can be written\n", d->pcap,
                strerror(-err));
        return TOOL_FAILED;
    }
    d->options.capture = &d->capture;
    status = play_all(d, argc, argv);
    pcapng_close(d->capture.file);
    return status;
}

static int drill_run(int argc, char **argv)
{
    struct drill d = {.options = {.versions = DRILL_VERSIONS, .tolerance_ns = -1}};
    int status = command_parse(&drill_command, &d, &d.common, &argc, &argv);

    if (status != COMMAND_GO_ON)
        return status;
    if (argc == 0)
        return command_refuse(&drill_command, "no script; name one or more files or folders");
    d.options.verbose = d.common.verbosity > 0;
    status = capture_all(&d, argc, argv);
    drill_summary_free(&d.rows);
    return status;
}

const struct tool tool_drill = {
    .name = "drill",
    .summary = "play packet scripts against the stack in virtual time",
    .run = drill_run,
};
