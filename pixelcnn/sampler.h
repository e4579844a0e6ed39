/*
sampler.h - draws images from a net, value by value.

The value at position p of image i (p counts rows, then columns, then colours) is drawn with the random number
at (seed, i, p): an image depends on seed and index, not on how many are drawn with it.
*/
#ifndef SAMPLER_H
#define SAMPLER_H
#include <stdint.h>
#include "darknet.h"

typedef struct {
    int n, first; // images first .. first+n-1
    uint64_t seed;
    double temperature;  // logits are divided by it; 0: the most likely level
    const float *labels; // (n,classes); NULL for a net without label
    double guidance;     // w: logits = (1+w) logits - w logits without label; for nets trained with label dropout
} sample_wish;

/* levels (n,C,H,W), OVERWRITTEN. By a whole forward pass for each value. A guided net needs a batch
   of 2 or more. */
void sample_naive(network *net, sample_wish w, unsigned char *levels);

/* The level that a uniform number u in [0,1) draws from softmax(logits / temperature); logit l stands at
   logits[l * stride]. */
int draw_level(const float *logits, int levels, size_t stride, double temperature, double u);

#endif
