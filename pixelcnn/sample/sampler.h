/*
sampler.h - draws images from a net, value by value.

The value at position p of image i (p counts rows, then columns, then colours) is drawn with the random number
at (seed, i, p): an image depends on seed and index, not on how many are drawn with it.
*/
#pragma once
#include <stdint.h>
#include "darknet.h"

typedef struct {
    int n, first; // images first .. first+n-1
    uint64_t seed;
    double temperature;        // logits are divided by it; 0, or below 1e-30: the most likely level
    const float *labels;       // (n,classes); NULL for a net without label
    double guidance;           // w: logits = (1+w) logits - w logits without label; for nets trained with label dropout
    const unsigned char *keep; // (H,W), 1: the pixel is given, as levels holds it; NULL: all are drawn
    double *nll;               // (n), OVERWRITTEN where given: nats of the drawn values under what they were drawn from
} sample_request;

/* levels (n,C,H,W), OVERWRITTEN but for given pixels. By lanes.h: each feature is computed once; images are
   divided among threads. Exits with status 3 where a logit is NaN or infinite. The same bits for any n and any number of threads. A net on a device is drawn from there
   (sampler_gpu.h). */
void sample_cached(network *net, sample_request w, unsigned char *levels);

/* The plain twin: a whole forward pass for each value. A guided net needs a batch of 2 or more. The same images, unless
   a random number falls so close to the boundary between two levels that rounding decides. */
void sample_naive(network *net, sample_request w, unsigned char *levels);

/* Images from .. from+n-1 of a request, whose labels are of so many classes; their nll is set to 0. */
sample_request part_of_request(const sample_request *w, int from, int n, int classes);

/* The level that a uniform number u in [0,1) draws from softmax(logits / temperature), and its nats in *nll (NULL: not
   wanted). */
int draw_level(const float *logits, int levels, double temperature, double u, double *nll);
