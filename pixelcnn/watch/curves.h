/*
curves.h - the course of a training in little memory, however long it is.

Iterations fall into bins of equal length, at first one each; when the bins are full, neighbours are put together.
*/
#pragma once
#include <stddef.h>

enum { CURVE_BINS = 2048 };

typedef struct {
    int n;            // iterations in it
    float sum, rate;  // of their bits/dim; learning rate of the last of them
    float validation; // bits/dim of the last one
    size_t validated; // its iteration; 0: none
} curve_bin;

typedef struct {
    size_t stride;  // iterations of a bin: bin i has i*stride+1 .. (i+1)*stride
    int first, end; // bins before first and from end on are empty
    curve_bin bin[CURVE_BINS];
} curves;

void begin_curves(curves *c);
void add_iteration(curves *c, size_t iteration, double bits, double rate);
void add_validation(curves *c, size_t iteration, double bits);

/* Means over `parts` bins from each bin of first, first + parts ... to mean[CURVE_BINS]; negative: no iteration in them. Returns
   how many. */
int coarse_curve(const curves *c, int parts, double *mean);

/* Weighted means around each bin from first to end, to smooth[CURVE_BINS]: over up to 1/20 of them, the nearest counting most.
   No more of them lie ahead than behind, so that the steep beginning does not rise. Negative: no iteration around. */
void smooth_curve(const curves *c, double *smooth);
