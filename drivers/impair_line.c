/* drivers/impair_line.c - a delay line as a binary heap. */
#include "drivers/impair_line.h"

#include <stdlib.h>

static bool before(const struct impair_entry *a, const struct impair_entry *b)
{
    return a->release != b->release ? a->release < b->release : a->number < b->number;
}

static bool grow(struct impair_line *line)
{
    size_t room = line->room == 0 ? 64 : line->room * 2;
    struct impair_entry *heap = realloc(line->heap, room * sizeof *heap);

    if (heap == NULL)
        return false;
    line->heap = heap;
    line->room = room;
    return true;
}

bool impair_line_push(struct impair_line *line, tarn_ns release, void *item)
{
    struct impair_entry entry = {release, line->arrivals, item};
    size_t i;

    if (line->n == line->room && !grow(line))
        return false;
    line->arrivals++;
    for (i = line->n++; i > 0 && before(&entry, &line->heap[(i - 1) / 2]); i = (i - 1) / 2)
        line->heap[i] = line->heap[(i - 1) / 2];
    line->heap[i] = entry;
    return true;
}

tarn_ns impair_line_next(const struct impair_line *line)
{
    return line->n == 0 ? TARN_NEVER : line->heap[0].release;
}

/* Where in the heap `entry` belongs when the root's place is free. */
static size_t sink(struct impair_line *line, const struct impair_entry *entry)
{
    size_t i = 0, child;

    while ((child = 2 * i + 1) < line->n) {
        if (child + 1 < line->n && before(&line->heap[child + 1], &line->heap[child]))
            child++;
        if (before(entry, &line->heap[child]))
            break;
        line->heap[i] = line->heap[child];
        i = child;
    }
    return i;
}

void *impair_line_pop(struct impair_line *line, tarn_ns now)
{
    struct impair_entry last;
    void *item;

    if (line->n == 0 || line->heap[0].release > now)
        return NULL;
    item = line->heap[0].item;
    last = line->heap[--line->n];
    line->heap[sink(line, &last)] = last;
    return item;
}

void impair_line_fini(struct impair_line *line)
{
    free(line->heap);
    *line = (struct impair_line){0};
}
