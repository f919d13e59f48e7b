/* tests/unit/tools/line.h - a command line in a test, and what was said about it. */
#ifndef TARN_TESTS_UNIT_TOOLS_LINE_H
#define TARN_TESTS_UNIT_TOOLS_LINE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_WORDS = 64, LINE_BYTES = 4096 };

/* A line split at its spaces; {} stands for an empty word. */
struct line {
    char text[LINE_BYTES];
    char *words[LINE_WORDS];
    int n;
};

static inline struct line *line_of(struct line *line, const char *text)
{
    char *rest = line->text;

    (void)snprintf(line->text, sizeof line->text, "%s", text);
    line->n = 0;
    for (char *word = strtok_r(rest, " ", &rest); word != NULL; word = strtok_r(rest, " ", &rest))
        line->words[line->n++] = strcmp(word, "{}") == 0 ? word + 2 : word;
    line->words[line->n] = NULL;
    return line;
}

/* Between said_begin() and said_end(), output to the stream goes to a buffer of the caller's. */
struct said {
    FILE **stream, *usual;
    char *text;
    size_t len;
};

static inline void said_begin(struct said *said, FILE **stream)
{
    said->stream = stream;
    said->usual = *stream;
    *stream = open_memstream(&said->text, &said->len);
}

static inline void said_end(struct said *said, char *out, size_t size)
{
    (void)fclose(*said->stream);
    *said->stream = said->usual;
    (void)snprintf(out, size, "%s", said->text);
    free(said->text);
}

#endif
