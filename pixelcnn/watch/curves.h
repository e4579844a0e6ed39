/*
curves.h - the curves of a training run, in constant memory.

Iterations fall into bins of equal length, at first one each; when the bins are full, neighbours are merged.
*/
#pragma once
#include <stddef.h>

enum { CURVE_BINS = 2048 };

typedef struct {
    int n;            // iterations in it
    float sum, rate;  // sum of their bits/dim; last learning rate
    float validation; // last one, bits/dim
    size_t validated; // its iteration; 0: none
} curve_bin;

typedef struct {
    size_t stride;  // iterations of a bin: bin i has i*stride+1 .. (i+1)*stride
    int first, end; // bins before first and from end on are empty
    size_t changes; // how often anything was added
    double best;    // the lowest validation on all held-out images; negative: none yet; set by the owner
    curve_bin bin[CURVE_BINS];
} curves;

void begin_curves(curves *c);
void add_iteration(curves *c, size_t iteration, double bits, double rate);
void add_validation(curves *c, size_t iteration, double bits);

/* Writes the mean of each `parts` bins, from first on, to mean[CURVE_BINS]; negative: no iteration in them.
   Returns how many. */
int coarse_curve(const curves *c, int parts, double *mean);

/* Writes a weighted mean around each bin from first to end to smooth[CURVE_BINS], over up to 1/20 of the
   bins, the nearest counting most. Windows are symmetric, so that the steep beginning is not raised.
   Negative: no iteration nearby. */
void smooth_curve(const curves *c, double *smooth);
