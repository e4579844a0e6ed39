/*
draw_level.h - how a level is drawn from logits, for CPU and CUDA alike: the same logits and the same random number give
the same level.
*/
#pragma once
#include <math.h>
#include "base/vector_math.h"

#define MOST_LEVELS 256
#define LEAST_TEMPERATURE 1e-30 // far below any use, far above the floats whose quotients are NaN

/* Whether the likeliest level is taken and nothing is drawn: at temperature 0, and where a float can't tell it from 0. */
EVERYWHERE static inline int is_greedy(double temperature) { return temperature < LEAST_TEMPERATURE; }

/* Logits of a guided net: (1+w) with label - w without. */
EVERYWHERE static inline float guided_logit(double guidance, float with, float without)
{
    return (1 + guidance) * with - guidance * without;
}

/* A level's share is e to this; temperature not greedy, top the greatest logit. */
EVERYWHERE static inline float share_exponent(float logit, float top, double temperature)
{
    return (logit - top) / (float)temperature;
}

/* The level that u in [0,1) falls on, given each level's share, which stand `step` floats apart; *sum of the shares. top: the
   likeliest level, where u is so close to 1 that rounding leaves none. Sums in the levels' order, in double. */
EVERYWHERE static inline int level_of_shares(const float *share, int step, int levels, int top, double u, double *sum)
{
    *sum = 0;
    for (int l = 0; l < levels; ++l) *sum += share[l * step];
    double left = u * *sum;
    int drawn = 0;
    while (drawn < levels && (left -= share[drawn * step]) >= 0) ++drawn;
    return drawn == levels ? top : drawn;
}

/* Nats of the drawn level under softmax(logits / temperature). */
EVERYWHERE static inline double nats_of_level(float logit, float top, double temperature, double sum)
{
    return log(sum) - (logit - top) / temperature;
}
