/*
exact_math.h - exponential and logarithm of doubles in a fixed sequence of IEEE operations: the same bits on
every machine, unlike those of C libraries. Errors of about one unit in the last place.

No multiply-adds: each product and each sum is rounded (-ffp-contract=off; a device's compiler may fuse them).
*/
#pragma once
#include "base/fused.h"

/* 2^n and p with e^x = 2^n (1 + p), for |x| <= 700; x is clamped to that. p is the series of the remainder,
   at most 0.35. */
typedef struct {
    double power, p;
} exact_exp_parts;

EVERYWHERE static inline exact_exp_parts split_exact_exp(double x)
{
    const double magic = 0x1.8p52; // adding it rounds to an integer in the low bits
    x = x > 700 ? 700 : x;
    x = x < -700 ? -700 : x;
    double shifted = x * 1.4426950408889634 + magic, n = shifted - magic;
    double r = (x - n * 0x1.62e42fee00000p-1) -
               n * 0x1.a39ef35793c76p-33; // log(2) in two parts; n times the first is exact
    double p = 1 / 6227020800.;           // 1 / 13!
    p = p * r + 1 / 479001600.;
    p = p * r + 1 / 39916800.;
    p = p * r + 1 / 3628800.;
    p = p * r + 1 / 362880.;
    p = p * r + 1 / 40320.;
    p = p * r + 1 / 5040.;
    p = p * r + 1 / 720.;
    p = p * r + 1 / 120.;
    p = p * r + 1 / 24.;
    p = p * r + 1 / 6.;
    p = p * r + 0.5;
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 52) + 0x3ff0000000000000;
    exact_exp_parts e;
    e.p = r + r * r * p;
    memcpy(&e.power, &bits, sizeof bits);
    return e;
}

EVERYWHERE static inline double exact_exp(double x)
{
    exact_exp_parts e = split_exact_exp(x);
    return e.power + e.power * e.p;
}

/* e^x - 1, also for small x. */
EVERYWHERE static inline double exact_expm1(double x)
{
    exact_exp_parts e = split_exact_exp(x);
    return (e.power - 1) + e.power * e.p;
}

/* Computed from |x|, with the sign of x. */
EVERYWHERE static inline double exact_tanh(double x)
{
    double m = exact_expm1(x < 0 ? 2 * x : -2 * x), t = m / (2 + m);
    return x < 0 ? t : 0 - t;
}

/* For x > 0 that is not denormal; infinity stays infinity, and anything not positive gives NaN. x = 2^n m
   with m around 1, and log(m) is a series in (m - 1) / (m + 1), at most 0.172. */
EVERYWHERE static inline double exact_log(double x)
{
    if (!(x > 0)) return (x - x) / (x - x);
    if (x > 0x1.fffffffffffffp1023) return x;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t from = bits - 0x3fe6a09e667f3bcd; // of the square root of 1/2
    int64_t n = (int64_t)from >> 52;
    bits -= (uint64_t)n << 52;
    double m;
    memcpy(&m, &bits, sizeof bits);
    double f = (m - 1) / (m + 1), t = f * f, s = 1 / 23.;
    s = s * t + 1 / 21.;
    s = s * t + 1 / 19.;
    s = s * t + 1 / 17.;
    s = s * t + 1 / 15.;
    s = s * t + 1 / 13.;
    s = s * t + 1 / 11.;
    s = s * t + 1 / 9.;
    s = s * t + 1 / 7.;
    s = s * t + 1 / 5.;
    s = s * t + 1 / 3.;
    double high = n * 0x1.62e42fee00000p-1, low = n * 0x1.a39ef35793c76p-33;
    return high + (2 * f + (2 * f * t * s + low));
}
