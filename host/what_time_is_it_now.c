/*
what_time_is_it_now.c - monotonic time in seconds. Replaces what_time_is_it_now of Darknet's utils.c, which
reads the wall clock although callers use only differences.
*/
#include "base/clock.h"

double what_time_is_it_now(void); // no prototype in utils.h

double what_time_is_it_now(void) { return monotonic_seconds(); }
