/*
timing.h - repeated measurements and their median.
*/
#ifndef TIMING_H
#define TIMING_H

typedef struct {
    double *x; // seconds of each repeat
    int n, room;
} timings;

void add_timing(timings *t, double seconds);

/* Runs work(context) until the given seconds have passed, at least once, and adds the time of each run. */
void time_work(timings *t, void (*work)(void *context), void *context, double seconds);

double median_timing(const timings *t); // of one repeat or more
void free_timings(timings *t);

#endif
