/* drivers/impair_line.h - a delay line: items come out in the order of their release times, equal
 * times in the order they went in. */
#ifndef TARN_DRIVERS_IMPAIR_LINE_H
#define TARN_DRIVERS_IMPAIR_LINE_H

#include "tarn/pkt.h"

struct impair_entry {
    tarn_ns release;
    uint64_t number; /* of arrival: breaks ties */
    void *item;
};

/* All zero: empty. A binary heap; grows by itself. */
struct impair_line {
    struct impair_entry *heap;
    size_t n, room;
    uint64_t arrivals;
};

/* false when out of memory: the item stays the caller's. */
bool impair_line_push(struct impair_line *line, tarn_ns release, void *item);

/* When the first item is to come out; TARN_NEVER when empty. */
tarn_ns impair_line_next(const struct impair_line *line);

/* The first item whose time has come by `now`, or NULL. */
void *impair_line_pop(struct impair_line *line, tarn_ns now);

/* Gives the memory back; items still inside are forgotten, so pop them first (TARN_NEVER). */
void impair_line_fini(struct impair_line *line);

#endif
