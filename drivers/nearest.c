/* drivers/nearest.c - edit distance with transpositions, over three rows of its table. */
#include "drivers/nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LETTERS = 40 };

static int small(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Optimal string alignment distance; both names have at most MAX_LETTERS. */
static unsigned distance_of(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][MAX_LETTERS + 1];

    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned differs = small(a[i - 1]) != small(b[j - 1]);

            row[j] = least(up[j] + 1, row[j - 1] + 1, up[j - 1] + differs);
            if (i > 1 && j > 1 && small(a[i - 1]) == small(b[j - 2]) &&
                small(a[i - 2]) == small(b[j - 1]))
                row[j] = least(row[j], row[j], up2[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

/* Is the typed word the name with letters left out, "dup" for "duplicate"? */
static bool is_short_form(const char *typed, size_t typed_len, const char *name, size_t len)
{
    size_t found = 0;

    if (typed_len < 2 || small(typed[0]) != small(name[0]))
        return false;
    for (size_t i = 0; i < len && found < typed_len; i++)
        found += small(name[i]) == small(typed[found]);
    return found == typed_len;
}

void nearest_try(struct nearest *n, const char *name, size_t len)
{
    size_t typed_len = strlen(n->typed);
    unsigned allowed = typed_len < 6 ? typed_len > 2 : (unsigned)typed_len / 3, distance;

    if (len == 0 || len > MAX_LETTERS || typed_len > MAX_LETTERS)
        return;
    if (is_short_form(n->typed, typed_len, name, len))
        allowed = MAX_LETTERS;
    distance = distance_of(n->typed, typed_len, name, len);
    if (distance <= allowed && (n->name == NULL || distance < n->distance)) {
        n->name = name;
        n->name_len = len;
        n->distance = distance;
    }
}

void nearest_try_list(struct nearest *n, const char *names)
{
    while (*names != '\0') {
        size_t len = strcspn(names, ",");

        nearest_try(n, names, len);
        names += len + (names[len] == ',');
    }
}

const char *nearest_hint(const struct nearest *n, const char *prefix, char *buf, size_t size)
{
    buf[0] = '\0';
    if (n->name != NULL)
        (void)snprintf(buf, size, "; did you mean %s%.*s?", prefix, (int)n->name_len, n->name);
    return buf;
}
