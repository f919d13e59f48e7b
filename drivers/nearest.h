/* drivers/nearest.h - the known name that a mistyped one was most likely meant to be. */
#ifndef TARN_DRIVERS_NEAREST_H
#define TARN_DRIVERS_NEAREST_H

#include <stddef.h>

/* The best guess so far; start with one that is all zero but `typed`. */
struct nearest {
    const char *typed;
    const char *name; /* NULL: nothing is near */
    size_t name_len;
    unsigned distance;
};

/* Consider one known name. A name is near when at most a third of the typed one's letters are
 * wrong, missing, too many or swapped with their neighbour; or when the typed one is a short form
 * of it: two letters or more of it, the first among them, in their order. Small letters and
 * capitals are the same. */
void nearest_try(struct nearest *n, const char *name, size_t len);

/* Consider every name of a list "a,b,c". */
void nearest_try_list(struct nearest *n, const char *names);

/* Writes "; did you mean PREFIX + name?", or "" when nothing is near. Returns buf. */
const char *nearest_hint(const struct nearest *n, const char *prefix, char *buf, size_t size);

#endif
