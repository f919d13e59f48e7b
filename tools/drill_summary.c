/* tools/drill_summary.c - how the scripts of each folder have fared over each version of IP. */
#include "tools/drill_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drill/drill.h"

static struct drill_row *row_new(struct drill_summary *s, const char *folder, size_t n)
{
    if (s->n == s->room) {
        s->room = s->room == 0 ? 32 : 2 * s->room;
        s->rows = realloc(s->rows, s->room * sizeof *s->rows);
        if (s->rows == NULL)
            abort();
    }
    s->rows[s->n] = (struct drill_row){.folder = strndup(folder, n)};
    if (s->rows[s->n].folder == NULL)
        abort();
    return &s->rows[s->n++];
}

void drill_summary_count(struct drill_summary *s, const char *path, unsigned column, bool passed)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - path);
    struct drill_row *row = NULL;

    for (size_t i = 0; i < s->n && row == NULL; i++)
        if (strlen(s->rows[i].folder) == n && memcmp(s->rows[i].folder, path, n) == 0)
            row = &s->rows[i];
    if (row == NULL)
        row = row_new(s, path, n);
    row->played[column]++;
    row->passed[column] += passed;
}

static void print_row(const struct drill_row *row, const char *name, size_t width)
{
    char cell[32];

    printf("%-*s", (int)width, name);
    for (unsigned i = 0; i < DRILL_COLUMNS; i++) {
        snprintf(cell, sizeof cell, "%u/%u", row->passed[i], row->played[i]);
        printf("  %16s", row->played[i] > 0 ? cell : "-");
    }
    printf("\n");
}

void drill_summary_print(const struct drill_summary *s)
{
    struct drill_row all = {.folder = NULL};
    size_t width = strlen("all");

    for (size_t i = 0; i < s->n; i++)
        width = strlen(s->rows[i].folder) > width ? strlen(s->rows[i].folder) : width;
    printf("%-*s", (int)width, "");
    for (unsigned i = 0; i < DRILL_COLUMNS; i++)
        printf("  %16s", drill_version_name((enum drill_version)(1u << i)));
    printf("\n");
    for (size_t r = 0; r < s->n; r++) {
        print_row(&s->rows[r], s->rows[r].folder, width);
        for (unsigned i = 0; i < DRILL_COLUMNS; i++) {
            all.passed[i] += s->rows[r].passed[i];
            all.played[i] += s->rows[r].played[i];
        }
    }
    print_row(&all, "all", width);
}

void drill_summary_free(struct drill_summary *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->rows[i].folder);
    free(s->rows);
    *s = (struct drill_summary){.n = 0};
}
