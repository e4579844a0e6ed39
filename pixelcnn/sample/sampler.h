/*
sampler.h - draws images from a net, value by value.

The value at position p of image i (p counts rows, then columns, then colours) is drawn with the random number
at (seed, i, p): an image depends on seed and index, not on how many are drawn with it.
*/
#pragma once
#include <stdint.h>
#include "darknet.h"

typedef struct {
    int n, first; // draw images first .. first+n-1
    uint64_t seed;
    double temperature;        // divides the logits; 0, or below 1e-30: always the most likely level
    const float *labels;       // (n,classes); NULL for a net without labels
    double guidance;           // w: logits = (1+w) with label - w without; needs label dropout in training
    const unsigned char *keep; // (H,W), 1: the pixel is given in `levels`; NULL: draw all pixels
    double *nll;               // (n), OVERWRITTEN; NULL: not wanted. Nats of the drawn values, as they were drawn
} sample_request;

/* Draws levels (n,C,H,W), OVERWRITTEN except for given pixels. Computes each feature once (lanes.h) and
   divides the images among threads. The result is the same to the bit for any n and any number of threads.
   Exits with status 3 if a logit is NaN or infinite. Counts each value as progress. A caller who cancels
   (base/cancel.h) ends it early, and the result is then meaningless. A net on a device draws there
   (sampler_gpu.h). */
void sample_cached(network *net, sample_request w, unsigned char *levels);

/* The simple twin: a whole forward pass for each value. With guidance, the net needs a batch of at least 2.
   Draws the same images, unless a random number is so close to the boundary between two levels that rounding
   decides. */
void sample_naive(network *net, sample_request w, unsigned char *levels);

/* The part of a request for images from .. from+n-1, with labels of `classes` floats. Sets their nll to 0. */
sample_request part_of_request(const sample_request *w, int from, int n, int classes);

/* Exits with status 3 if a logit of a value at `position` is NaN or infinite. */
void check_logits(int image, int position, const float *logits, int levels);

/* share (MOST_LEVELS of draw_level.h), OVERWRITTEN: e^((logit - greatest) / temperature) of each level, 1 for
   the likeliest; what follows is undefined. The same bits everywhere. Returns the likeliest level, the first
   of equals. */
int tempered_shares(const float *logits, int levels, double temperature, float *share);

/* The level that a uniform number u in [0,1) draws from softmax(logits / temperature). *nll gets its nats
   (NULL: not wanted). */
int draw_level(const float *logits, int levels, double temperature, double u, double *nll);
