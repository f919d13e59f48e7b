/* run/stats.h - what --stats prints: where the bytes and the time went, for people or as JSON. */
#ifndef TARN_RUN_STATS_H
#define TARN_RUN_STATS_H

#include <stdio.h>

#include "run/stack.h"

/* What connections were like, also after they have gone. */
struct run_stats;

enum run_stats_form { RUN_STATS_TEXT, RUN_STATS_JSON };

/* NULL when out of memory. */
struct run_stats *run_stats_new(void);
void run_stats_free(struct run_stats *rs);

/* Remember what the socket's TCP_INFO says now, if it is a connection; each call replaces what the
 * one before said. Called at the socket's events and before it is closed. The first 1,000
 * connections are kept. */
void run_stats_note(struct run_stats *rs, const struct tarn *st, tarn_sock s, tarn_ns now);

/* The same of every socket there is, also of those that a program has closed and that live on until
 * their last bytes are acknowledged. */
void run_stats_note_all(struct run_stats *rs, const struct tarn *st, tarn_ns now);

/* Everything: links, counters, drops that are not zero, memory in use, connections. */
void run_stats_print(FILE *out, enum run_stats_form form, const struct run_stack *s,
                     struct run_stats *rs, tarn_ns now);

#endif
