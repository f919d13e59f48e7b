/* run/clock.c - reads the system's clocks. */
#include "run/clock.h"

#include <time.h>

static uint64_t nanoseconds(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

tarn_ns run_clock(void)
{
    return nanoseconds(CLOCK_MONOTONIC);
}

int64_t run_clock_wall_offset(void)
{
    return (int64_t)(nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_MONOTONIC));
}
