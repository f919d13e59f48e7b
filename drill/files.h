/* drill/files.h - the scripts below a folder. */
#ifndef TARN_DRILL_FILES_H
#define TARN_DRILL_FILES_H

#include <stddef.h>

struct drill_files {
    char **path;
    size_t n, room;
};

/* Adds a file, or every .pkt file below a folder in the order of their names. 0, or -errno. */
int drill_files_add(struct drill_files *files, const char *path);
void drill_files_free(struct drill_files *files);

#endif
