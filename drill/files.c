/* drill/files.c - the scripts below a folder. */
#include "drill/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 32 };

static int add(struct drill_files *files, const char *path)
{
    if (files->n == files->room) {
        size_t room = files->room == 0 ? 64 : 2 * files->room;
        char **more = realloc(files->path, room * sizeof *more);

        if (more == NULL)
            return -ENOMEM;
        files->path = more;
        files->room = room;
    }
    files->path[files->n] = strdup(path);
    return files->path[files->n] == NULL ? -ENOMEM : (files->n++, 0);
}

static int no_dots(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static int walk(struct drill_files *files, const char *path, unsigned depth);

static int visit(struct drill_files *files, const char *folder, const char *name, unsigned depth)
{
    size_t n = strlen(folder), len = n + strlen(name) + 2;
    char *path = malloc(len);
    struct stat st;
    int err = 0;

    if (path == NULL)
        return -ENOMEM;
    snprintf(path, len, "%s%s%s", folder, n > 0 && folder[n - 1] == '/' ? "" : "/", name);
    n = strlen(name);
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
        err = walk(files, path, depth + 1);
    else if (n > 4 && strcmp(name + n - 4, ".pkt") == 0)
        err = add(files, path);
    free(path);
    return err;
}

static int walk(struct drill_files *files, const char *path, unsigned depth)
{
    struct dirent **names;
    int n = depth > DEPTH_MAX ? 0 : scandir(path, &names, no_dots, alphasort), err = 0;

    if (n < 0)
        return -errno;
    if (depth > DEPTH_MAX)
        return -ELOOP;
    for (int i = 0; i < n; i++) {
        if (err == 0)
            err = visit(files, path, names[i]->d_name, depth);
        free(names[i]);
    }
    free(names);
    return err;
}

int drill_files_add(struct drill_files *files, const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return walk(files, path, 0);
    return add(files, path);
}

void drill_files_free(struct drill_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        free(files->path[i]);
    free(files->path);
    *files = (struct drill_files){.n = 0};
}
