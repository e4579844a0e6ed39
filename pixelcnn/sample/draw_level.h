/*
draw_level.h - draws a level from logits, on the CPU and in CUDA: equal logits and an equal random number give
the same level. On the CPU everything is the same to the bit on every machine.
*/
#pragma once
#include "base/exact_math.h"
#include "base/vector_math.h"

#define MOST_LEVELS 256
#define LEAST_TEMPERATURE 1e-30 // far below any use, far above the floats whose quotients are NaN

/* Whether to take the likeliest level instead of drawing: at temperature 0, or one too small for a float. */
EVERYWHERE static inline int is_greedy(double temperature) { return temperature < LEAST_TEMPERATURE; }

/* Guided logits: (1+w) with label - w without. */
EVERYWHERE static inline float guided_logit(double guidance, float with, float without)
{
    return (1 + guidance) * with - guidance * without;
}

/* A level's share is e to this power. The temperature is not greedy; top is the largest logit. */
EVERYWHERE static inline float share_exponent(float logit, float top, double temperature)
{
    return (logit - top) / (float)temperature;
}

/* The level that u in [0,1) falls on, given the levels' shares, which are `step` floats apart; *sum gets the
   sum of the shares. Returns top, the likeliest level, if u is so close to 1 that rounding leaves no level.
   Sums in the order of the levels, in double. */
EVERYWHERE static inline int level_of_shares(const float *share, int step, int levels, int top, double u, double *sum)
{
    *sum = 0;
    for (int l = 0; l < levels; ++l) *sum += share[l * step];
    double left = u * *sum;
    int drawn = 0;
    while (drawn < levels && (left -= share[drawn * step]) >= 0) ++drawn;
    return drawn == levels ? top : drawn;
}

/* The nats of the drawn level under softmax(logits / temperature). */
EVERYWHERE static inline double nats_of_level(float logit, float top, double temperature, double sum)
{
    return exact_log(sum) - (logit - top) / temperature;
}
