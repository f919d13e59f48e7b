/* tarn/trace.h - reading what the stack counts: drops, statistics, memory in use.
 *
 * Names are the rows of drop.def and stat.def; a number never changes its meaning within a run. */
#ifndef TARN_TRACE_H
#define TARN_TRACE_H

#include "tarn/pkt.h"

#pragma GCC visibility push(default)

uint64_t tarn_drop_count(const struct tarn *st, enum tarn_drop why);
const char *tarn_drop_name(enum tarn_drop why);    /* "tcp.checksum" */
const char *tarn_drop_meaning(enum tarn_drop why); /* one clause */

#define X(id, name, meaning) TARN_STAT_##id,
enum tarn_stat {
#include "tarn/stat.def"
    TARN_STAT_N
};
#undef X

uint64_t tarn_stat(const struct tarn *st, enum tarn_stat which);
const char *tarn_stat_name(enum tarn_stat which);

/* What is held now: all zero but `sockets` of listeners when a stack is idle. */
struct tarn_usage {
    uint32_t sockets, time_wait, packets, chunks, timers, neighbours, reassemblies;
    uint32_t undelivered; /* connections nobody holds whose data or FIN is not yet acknowledged */
    uint64_t chunk_bytes, arena_bytes;
};
void tarn_usage(const struct tarn *st, struct tarn_usage *out);

#pragma GCC visibility pop

#endif
