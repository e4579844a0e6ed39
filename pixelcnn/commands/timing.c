/*
timing.c - repeated measurements. See timing.h.
*/
#include <stdlib.h>
#include <string.h>
#include "darknet.h"
#include "layers/gated.h"
#include "pixelcnn/commands/timing.h"

void add_timing(timings *t, double seconds)
{
    if (t->n == t->room) {
        t->room = 2 * t->room + 16;
        t->x = checked_realloc(t->x, t->room * sizeof(double));
    }
    t->x[t->n++] = seconds;
}

void time_work(timings *t, void (*work)(void *context), void *context, double seconds)
{
    double start = what_time_is_it_now(), before = start, now;
    do {
        work(context);
        now = what_time_is_it_now();
        add_timing(t, now - before);
        before = now;
    } while (now - start < seconds);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double median_timing(const timings *t)
{
    double *sorted = checked_malloc(t->n * sizeof(double));
    memcpy(sorted, t->x, t->n * sizeof(double));
    qsort(sorted, t->n, sizeof(double), by_size);
    double median = (sorted[(t->n - 1) / 2] + sorted[t->n / 2]) / 2;
    free(sorted);
    return median;
}

void free_timings(timings *t)
{
    free(t->x);
    *t = (timings){0};
}
