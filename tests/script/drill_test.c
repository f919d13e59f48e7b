/* tests/script/drill_test.c - plays every .pkt file below the folders given, over each version of
 * IP that it allows; TAP on standard output.
 *
 * A name that is given behind a folder and begins with no '/' narrows the run: drill_test DIR paws.
 * --set NAME=VALUE, before the folder, forces a parameter of the stack.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drill/drill.h"
#include "drill/files.h"

/* The reason, of several lines perhaps, as TAP's diagnostics. */
static void print_reason(const struct drill_error *error)
{
    char text[sizeof error->text], *rest = text, *line;

    snprintf(text, sizeof text, "%s", error->text);
    printf("# line %u: %s\n", error->line, strsep(&rest, "\n"));
    while ((line = strsep(&rest, "\n")) != NULL)
        printf("# %s\n", line);
}

static unsigned number; /* of the test that ran last */
static struct drill_options options = {.tolerance_ns = -1, .strict = true};

static bool play(const char *path, const char *name, unsigned version)
{
    struct drill_error error;
    bool good;

    options.versions = version;
    good = drill_file(path, &options, &error);

    printf("%sok %u - %s, %s\n", good ? "" : "not ", ++number, name,
           drill_version_name((enum drill_version)version));
    if (!good)
        print_reason(&error);
    return good;
}

/* Over all versions; how many went wrong. A file that is no script goes wrong over IPv4. */
static unsigned play_all(const char *path, const char *name)
{
    struct drill_error error;
    unsigned versions = drill_versions(path, &error), failed = 0;

    if (versions == 0)
        versions = DRILL_IPV4;
    for (unsigned v = 1; v < DRILL_VERSIONS; v <<= 1)
        if ((versions & v) != 0)
            failed += !play(path, name, v);
    return failed;
}

int main(int argc, char **argv)
{
    struct drill_files files = {.n = 0};
    unsigned failed = 0;

    for (; argc > 2 && strcmp(argv[1], "--set") == 0; argc -= 2, argv += 2) {
        const char *wrong = drill_force(&options, argv[2]);

        if (wrong != NULL) {
            fprintf(stderr, "drill_test: --set %s: %s\n", argv[2], wrong);
            return 2;
        }
    }
    if (argc < 2) {
        fputs("drill_test: name a folder\n", stderr);
        return 2;
    }
    if (drill_files_add(&files, argv[1]) < 0 || files.n == 0) {
        fprintf(stderr, "drill_test: no scripts in %s\n", argv[1]);
        return 2;
    }
    for (size_t i = 0; i < files.n; i++)
        if (argc < 3 || strstr(files.path[i], argv[2]) != NULL)
            failed += play_all(files.path[i], files.path[i] + strlen(argv[1]) + 1);
    drill_files_free(&files);
    printf("1..%u\n", number);
    return failed == 0 ? 0 : 1;
}
