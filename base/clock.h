/* clock.h - time for measuring durations. */
#pragma once
#include <time.h>

/* Seconds, to the nanosecond, of a clock that nobody sets. Its zero is arbitrary. */
static inline double monotonic_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}
