/* tools/cmd_doctor.c - tarn doctor: prints which rights are there, and what gives those that are
 * not. */
#include <stdio.h>
#include <unistd.h>

#include "tools/doctor.h"
#include "tools/options.h"
#include "tools/tool.h"

struct doctor {
    struct options_common common;
    bool json;
};

static bool set_json(void *into, struct option_use *use)
{
    (void)use;
    ((struct doctor *)into)->json = true;
    return true;
}

static const struct option options[] = {
    {"json", 0, NULL, "print one JSON object", set_json},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct command doctor_command = {
    .name = "doctor",
    .operands = "",
    .about = "Tries each right that tarn may use on this machine. What is refused is named,\n"
             "with its remedy. The exit status is 0 when nothing is, else 1.",
    .example = "tarn doctor --json",
    .options = options,
    .usage_status = TOOL_USAGE,
};

static void print_json_string(const char *name, const char *value, const char *end)
{
    printf("\"%s\":\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            putchar('\\');
        if ((unsigned char)*value >= ' ')
            putchar(*value);
    }
    printf("\"%s", end);
}

static void print_json(const struct doctor_check *check, bool has,
                       const struct doctor_finding *finding)
{
    printf("%s{", check == doctor_checks ? "" : ",");
    print_json_string("name", check->name, ",");
    print_json_string("needed", check->needed, ",");
    if (!has) {
        print_json_string("refused", finding->refused, ",");
        print_json_string("remedy", finding->remedy, ",");
    }
    printf("\"ok\":%s}", has ? "true" : "false");
}

static void print_text(const struct doctor *doctor, const struct doctor_check *check, bool has,
                       const struct doctor_finding *finding)
{
    bool colored = options_colored(&doctor->common, STDOUT_FILENO);
    const char *on = !colored ? "" : has ? "\033[32m" : "\033[31m";

    if (has && doctor->common.verbosity < 0)
        return;
    printf("%s%-8s%s%-12s %s\n", on, has ? "ok" : "missing", colored ? "\033[0m" : "", check->name,
           check->needed);
    if (!has)
        printf("%20s refused: %s\n%20s remedy:  %s\n", "", finding->refused, "", finding->remedy);
}

static int doctor_run(int argc, char **argv)
{
    struct doctor doctor = {.json = false};
    bool all = true;
    int status = command_parse(&doctor_command, &doctor, &doctor.common, &argc, &argv);

    if (status != COMMAND_GO_ON)
        return status;
    if (argc > 0)
        return command_refuse(&doctor_command, "%s: takes no operand; leave it out", argv[0]);
    if (doctor.json)
        printf("{\"checks\":[");
    (void)fflush(stdout); /* the checks fork */
    for (const struct doctor_check *check = doctor_checks; check->name != NULL; check++) {
        struct doctor_finding finding = {.refused = ""};
        bool has = check->has(&finding);

        all &= has;
        if (doctor.json)
            print_json(check, has, &finding);
        else
            print_text(&doctor, check, has, &finding);
        (void)fflush(stdout);
    }
    if (doctor.json)
        printf("],\"ok\":%s}\n", all ? "true" : "false");
    return all ? TOOL_OK : TOOL_FAILED;
}

const struct tool tool_doctor = {
    .name = "doctor",
    .summary = "try the rights that tarn may use, and name what gives the missing ones",
    .run = doctor_run,
};
