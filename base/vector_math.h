/*
vector_math.h - exponentials that a compiler can vectorise, with the same bits in every lane and loop, on
every machine: each step is one IEEE operation, most of them fused multiply-adds (fused.h).

Do not compile with -ffast-math: the rounding below would be optimised away.
*/
#pragma once
#include "base/fused.h"

/* 2^n and p with e^x = 2^n (1 + p), for |x| <= 87; x is clamped to that. p is a polynomial in the remainder,
   at most half a power of two; its coefficients are a weighted least squares fit with error 2e-9. */
typedef struct {
    float power, p;
} exp_parts;

EVERYWHERE static inline exp_parts split_exp(int has_fma, float x)
{
    const float magic = 12582912; // 1.5 * 2^23: adding it rounds to an integer in the low bits
    x = x > 87 ? 87 : x;
    x = x < -87 ? -87 : x;
    float shifted = fused(has_fma, x, 1.44269504f, magic), n = shifted - magic;
    float r = fused(has_fma, n, -.693359375f, x); // log(2) in two parts; n times the first is exact
    r = fused(has_fma, n, 2.12194440e-4f, r);
    float p = 0.00138454267f;
    p = fused(has_fma, p, r, 0.00837415568f);
    p = fused(has_fma, p, r, 0.0416680042f);
    p = fused(has_fma, p, r, 0.16666431f);
    p = fused(has_fma, p, r, 0.499999938f);
    p = fused(has_fma, p, r, 1);
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 23) + 0x3f800000;
    exp_parts e;
    e.p = p * r;
    memcpy(&e.power, &bits, sizeof bits);
    return e;
}

/* e^x and e^x - 1, relative errors below 2e-7. */
EVERYWHERE static inline float exp_vector(int has_fma, float x)
{
    exp_parts e = split_exp(has_fma, x);
    return fused(has_fma, e.power, e.p, e.power);
}

EVERYWHERE static inline float expm1_vector(int has_fma, float x)
{
    exp_parts e = split_exp(has_fma, x);
    return fused(has_fma, e.power, e.p, e.power - 1);
}
