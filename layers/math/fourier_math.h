/*
fourier_math.h - Fourier features of one value and their gradient. The features are the same to the bit on
every machine and on a device: each product and each sum is rounded, no two operations are fused.

    y = (x, sin(2 pi x), 1 - cos(2 pi x), sin(4 pi x), 1 - cos(4 pi x), ... up to 2^octaves pi x)

1 - cos instead of cos, so that black has features of zero like the margins around an image.
Source: Kingma et al. 2021, Variational Diffusion Models, appendix C, which takes j = 7 and 8 for the finest
differences between pixels.
*/
#pragma once
#include <stddef.h>
#include "base/fused.h"

#define MOST_OCTAVES 8 // 2^8 pi x tells neighbours of 256 levels apart: half a turn each

EVERYWHERE static inline int fourier_width(int octaves) { return 1 + 2 * octaves; }

typedef struct {
    float s, c; // sin(2 pi turns), 1 - cos(2 pi turns)
} sincos_pair;

/* For |turns| < 2^22, errors below 1e-6. Whole turns are subtracted, exactly; the sine and cosine of half the
   remaining angle are polynomials (least squares fits, weighted to even out the errors). */
EVERYWHERE static inline sincos_pair sincos_of_turns(float turns)
{
    const float magic = 12582912; // as in vector_math.h
    float u = turns - ((turns + magic) - magic), t = u * u, half_sin = 0.0775604746f, half_cos = -0.024396735f;
    half_sin = times_plus(half_sin, t, -0.598242177f);
    half_sin = times_plus(half_sin, t, 2.55006974f);
    half_sin = times_plus(half_sin, t, -5.16770969f);
    half_sin = times_plus(half_sin, t, 3.14159264f) * u;
    half_cos = times_plus(half_cos, t, 0.234937572f);
    half_cos = times_plus(half_cos, t, -1.33521206f);
    half_cos = times_plus(half_cos, t, 4.05870916f);
    half_cos = times_plus(half_cos, t, -4.93480214f);
    half_cos = times_plus(half_cos, t, 1);
    sincos_pair w;
    w.s = 2 * half_sin * half_cos;
    w.c = 2 * half_sin * half_sin;
    return w;
}

/* y: fourier_width floats, `step` from one to the next, OVERWRITTEN. */
EVERYWHERE static inline void fourier_features(float x, int octaves, float *y, size_t step)
{
    *y = x;
    for (int j = 0; j < octaves; ++j) {
        sincos_pair w = sincos_of_turns(x);
        y[(2 * j + 1) * step] = w.s;
        y[(2 * j + 2) * step] = w.c;
        x *= 2; // exact
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
