/* draw_level.h - draws a level from logits, on the CPU and in CUDA: equal logits and an equal random number
   give the same level. On the CPU everything is the same to the bit on every machine. */
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

/* The level that u in [0,1) falls on, given the levels' shares and their sum, in double in the order of the
   levels: from u * sum the shares are taken off one by one, until less than nothing is left. Returns top, the
   likeliest level, if u is so close to 1 that rounding leaves no level. */
EVERYWHERE static inline int level_by_level(const float *share, int levels, int top, double u, double sum)
{
    double left = u * sum;
    int drawn = 0;
    while (drawn < levels && (left -= share[drawn]) >= 0) ++drawn;
    return drawn == levels ? top : drawn;
}

/* The same level in two steps, neither of which waits for 256 sums: first which of up to 16 parts of the
   levels u falls into, then which level of that part. Sums of parts are rounded differently from the sum
   above. So near a boundary, where that could decide, this returns -1: within 2^-40 of the sum of all shares,
   about ten times what the sums can differ by. */
enum { SHARE_PARTS = 16, FEW_LEVELS = 32 }; // up to FEW_LEVELS, level_by_level is faster

EVERYWHERE static inline int levels_of_part(int levels) { return (levels + SHARE_PARTS - 1) / SHARE_PARTS; }

/* The shares of one part; 0 if it has no level. */
EVERYWHERE static inline double sum_of_part(const float *share, int levels, int part)
{
    int n = levels_of_part(levels), end = (part + 1) * n < levels ? (part + 1) * n : levels;
    double sum = 0;
    for (int l = part * n; l < end; ++l) sum += share[l];
    return sum;
}

EVERYWHERE static inline int level_in_two_steps(const double *part, const float *share, int levels, double u)
{
    double all = 0;
    for (int p = 0; p < SHARE_PARTS; ++p) all += part[p];
    double left = u * all, close = all * 0x1p-40;
    int p = 0;
    while (p < SHARE_PARTS - 1 && left >= part[p]) left -= part[p++];
    int drawn = p * levels_of_part(levels);
    while (drawn < levels && left >= share[drawn]) left -= share[drawn++];
    if (drawn >= levels || (drawn && left < close) || share[drawn] - left < close) return -1;
    return drawn;
}

/* The nats of the drawn level under softmax(logits / temperature). */
EVERYWHERE static inline double nats_of_level(float logit, float top, double temperature, double sum)
{
    return exact_log(sum) - (logit - top) / temperature;
}
