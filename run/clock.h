/* run/clock.h - the only clock of the host: everything else gets `now` as an argument. */
#ifndef TARN_RUN_CLOCK_H
#define TARN_RUN_CLOCK_H

#include "tarn/pkt.h"

/* CLOCK_MONOTONIC in nanoseconds. */
tarn_ns run_clock(void);

/* What to add to run_clock() to have nanoseconds since 1970, as of now. */
int64_t run_clock_wall_offset(void);

#endif
