/* tools/drill_summary.h - how the scripts of each folder have fared over each version of IP. */
#ifndef TARN_TOOLS_DRILL_SUMMARY_H
#define TARN_TOOLS_DRILL_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

enum { DRILL_COLUMNS = 3 };

struct drill_row {
    char *folder;
    unsigned passed[DRILL_COLUMNS], played[DRILL_COLUMNS];
};

struct drill_summary {
    struct drill_row *rows;
    size_t n, room;
};

/* The script at `path` was played over the version that is column `column`. */
void drill_summary_count(struct drill_summary *s, const char *path, unsigned column, bool passed);

/* A line per folder, passed of played, and one for all. */
void drill_summary_print(const struct drill_summary *s);
void drill_summary_free(struct drill_summary *s);

#endif
