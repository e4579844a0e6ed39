/*
fourier_math.h - Fourier features of one value and their gradient, for CPU and device.

    y = (x, sin(2 pi x), 1 - cos(2 pi x), sin(4 pi x), 1 - cos(4 pi x), ... up to 2^octaves pi x)

1 - cos instead of cos, so that black has features of zero like the margins around an image. The argument is reduced
before it meets pi: 2^j x is exact, and so is its rest to a whole number of turns.
Source: Kingma et al. 2021, Variational Diffusion Models, appendix C (features of the finest differences of a pixel).
*/
#ifndef FOURIER_MATH_H
#define FOURIER_MATH_H
#include <math.h>
#include <stddef.h>
#include "vector_math.h"

#define MOST_OCTAVES 8 // 2^8 pi x tells neighbours of 256 levels apart: half a turn each

EVERYWHERE static inline int fourier_width(int octaves) { return 1 + 2 * octaves; }

/* y: fourier_width floats, `step` from one to the next, OVERWRITTEN. */
EVERYWHERE static inline void fourier_features(float x, int octaves, float *y, size_t step)
{
    const float half_pi = 1.57079633f;
    float turns = x; // 2^(j-1) x
    *y = x;
    for (int j = 0; j < octaves; ++j) {
        float s = sinf(half_pi * 2 * (turns * 2 - 2 * rintf(turns))), half = sinf(half_pi * 2 * (turns - rintf(turns)));
        y += step;
        *y = s;
        y += step;
        *y = 2 * half * half;
        turns *= 2;
    }
}

/* The gradient of x from the features and their gradients. */
EVERYWHERE static inline float fourier_gradient(const float *y, const float *dy, int octaves, size_t step)
{
    float dx = *dy, rate = 6.28318531f; // 2^j pi
    for (int j = 0; j < octaves; ++j) {
        size_t s = (2 * j + 1) * step, c = s + step;
        dx += rate * (dy[s] * (1 - y[c]) + dy[c] * y[s]);
        rate *= 2;
    }
    return dx;
}

#endif
