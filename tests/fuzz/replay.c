/* tests/fuzz/replay.c - runs every input of a corpus folder through a fuzz target, once. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_INPUT_BYTES = 1 << 20 };

/* Returns whether the file could be read. */
static int replay_one(const char *folder, const char *name, uint8_t *input)
{
    char path[4096];
    size_t n;
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 0;
    }
    n = fread(input, 1, MAX_INPUT_BYTES, file);
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(input, n);
    return 1;
}

int main(int argc, char **argv)
{
    uint8_t *input = malloc(MAX_INPUT_BYTES);
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    int replayed = 0, status = 0;

    if (folder == NULL || input == NULL) {
        (void)fprintf(stderr, "replay: %s: no corpus\n", argc == 2 ? argv[1] : "usage: CORPUS");
        free(input);
        return 1;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        if (replay_one(argv[1], entry->d_name, input))
            replayed++;
        else
            status = 1;
    }
    printf("%d inputs\n", replayed);
    (void)closedir(folder);
    free(input);
    return status || replayed == 0;
}
