/*
vector_math.h - exponentials that a compiler can vectorise, with the same bits in every lane and loop.

Do not compile with -ffast-math: the rounding below would be optimised away.
*/
#pragma once
#include <stdint.h>
#include <string.h>

/* Also for kernels of a device. */
#ifdef __CUDACC__
#define EVERYWHERE __host__ __device__
#else
#define EVERYWHERE
#endif

/* Compiles a function for several instruction sets; the program chooses one when it starts. Off with
   sanitizers, which do not work with such functions, and with clang, which lacks these targets. */
#if defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORISED
#endif

/* 2^n and p with e^x = 2^n (1 + p), for |x| <= 87; x is clamped to that. p is a polynomial in the remainder,
   at most half a power of two; its coefficients are a weighted least squares fit with error 2e-9. */
typedef struct {
    float power, p;
} exp_parts;

EVERYWHERE static inline exp_parts split_exp(float x)
{
    const float magic = 12582912; // 1.5 * 2^23: adding it rounds to an integer in the low bits
    x = x > 87 ? 87 : x;
    x = x < -87 ? -87 : x;
    float shifted = x * 1.44269504f + magic, n = shifted - magic;
    float r = (x - n * .693359375f) + n * 2.12194440e-4f; // log(2) in two parts; n times the first is exact
    float p = 0.00138454267f;
    p = p * r + 0.00837415568f;
    p = p * r + 0.0416680042f;
    p = p * r + 0.16666431f;
    p = p * r + 0.499999938f;
    p = p * r + 1;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 23) + 0x3f800000;
    exp_parts e;
    e.p = p * r;
    memcpy(&e.power, &bits, sizeof bits);
    return e;
}

/* e^x and e^x - 1, relative errors below 2e-7. */
EVERYWHERE static inline float exp_vector(float x)
{
    exp_parts e = split_exp(x);
    return e.power + e.power * e.p;
}

EVERYWHERE static inline float expm1_vector(float x)
{
    exp_parts e = split_exp(x);
    return (e.power - 1) + e.power * e.p;
}
