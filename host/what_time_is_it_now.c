/*
what_time_is_it_now.c - monotonic time in seconds. Replaces what_time_is_it_now of Darknet's utils.c, which
reads the wall clock although callers use only differences.
*/
#include <time.h>
#include "utils.h"

double what_time_is_it_now(void); // no prototype in utils.h

double what_time_is_it_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}
