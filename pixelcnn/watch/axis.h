/* axis.h - an axis of a chart, with a line at each multiple of a round step. */
#pragma once
#include <stddef.h>

typedef struct {
    double low, high, step;
} axis;

/* The step divides it into at most `parts` parts. An axis without length is widened. */
axis make_axis(double low, double high, int parts);

/* The first multiple of the step on the axis; never -0. */
double first_tick(axis a);

/* A multiple of the step, with as many digits as the step needs. */
void tick_text(char *to, size_t size, double x, axis a);
