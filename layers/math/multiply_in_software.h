/*
multiply_in_software.h - the products of multiply.c where there is no fused multiply-add: SSE2 and WebAssembly.

A product of floats is exact in double, so a chain is followed in double and rounded to float after each sum. That rounds twice,
which gives another float only where the sum is inexact and its double lies in the middle between two floats. Such sums are found
by their bits, which is rare but where x has few bits, and done once more by fused_in_software, which rounds once.
*/
#pragma once
#include "base/fused.h"
#include "layers/math/panel.h"
#if defined __SSE2__
#include <emmintrin.h>
#elif defined __wasm_simd128__
#include <wasm_simd128.h>
#endif

#if defined __SSE2__ || defined __wasm_simd128__
typedef float four_floats __attribute__((vector_size(16)));
typedef double two_doubles __attribute__((vector_size(16)));
typedef int four_ints __attribute__((vector_size(16)));

#ifdef __SSE2__
static inline two_doubles first_two(four_floats x) { return (two_doubles)_mm_cvtps_pd((__m128)x); }
static inline two_doubles last_two(four_floats x)
{
    return (two_doubles)_mm_cvtps_pd(_mm_movehl_ps((__m128)x, (__m128)x));
}
static inline two_doubles rounded_to_floats(two_doubles x)
{
    return (two_doubles)_mm_cvtps_pd(_mm_cvtpd_ps((__m128d)x));
}
static inline int is_any(four_ints x) { return _mm_movemask_epi8((__m128i)x) != 0; }
#else
static inline two_doubles first_two(four_floats x) { return (two_doubles)wasm_f64x2_promote_low_f32x4((v128_t)x); }
static inline two_doubles last_two(four_floats x)
{
    return (two_doubles)wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle((v128_t)x, (v128_t)x, 2, 3, 2, 3));
}
static inline two_doubles rounded_to_floats(two_doubles x)
{
    return (two_doubles)wasm_f64x2_promote_low_f32x4(wasm_f32x4_demote_f64x2_zero((v128_t)x));
}
static inline int is_any(four_ints x) { return wasm_v128_any_true((v128_t)x); }
#endif

/* Outputs at a time, whose sums stay in registers. */
enum { IN_REGISTERS = 8, PAIRS = IN_REGISTERS / 2 };

/* Not 0 in a number that rounding to float has changed and whose last 28 bits of 52 are zero: every double in the middle between
   two floats, also between denormal ones, is among them. */
static inline four_ints in_doubt(two_doubles sum, two_doubles rounded)
{
    const four_ints none = {0};
    return (four_ints)(sum != rounded) & (((four_ints)sum << 4) == none);
}

/* sum += x * w, each rounded once. */
static inline void add_product(float x, const float *w, two_doubles *sum)
{
    two_doubles next[PAIRS], rounded[PAIRS], number = {x, x};
    four_ints doubt = {0};
    for (int i = 0; i < PAIRS; i += 2) {
        four_floats v;
        memcpy(&v, w + 2 * i, sizeof v);
        next[i] = number * first_two(v) + sum[i];
        next[i + 1] = number * last_two(v) + sum[i + 1];
    }
    for (int i = 0; i < PAIRS; ++i) {
        rounded[i] = rounded_to_floats(next[i]);
        doubt |= in_doubt(next[i], rounded[i]);
    }
    if (__builtin_expect(is_any(doubt), 0))
        for (int i = 0; i < IN_REGISTERS; ++i)
            rounded[i / 2][i % 2] = fused_in_software(x, w[i], (float)sum[i / 2][i % 2]);
    for (int i = 0; i < PAIRS; ++i) sum[i] = rounded[i];
}

/* Some outputs of item j, from output `from` on. */
static inline void multiply_some(const products *t, int j, int from)
{
    const size_t x_next = t->x_next, w_next = t->w_next;
    const size_t w_from = from / PANEL_ROWS * t->w_block + from % PANEL_ROWS;
    two_doubles sum[PAIRS];
    for (int i = 0; i < IN_REGISTERS; ++i) sum[i / 2][i % 2] = t->init[j * t->init_step + from + i];
    for (int s = 0; s < t->nruns; ++s) {
        const float *x = t->runs[s].x + j * t->x_step, *w = t->runs[s].w + w_from;
        for (int k = t->runs[s].n; k--; x += x_next, w += w_next) add_product(*x, w, sum);
    }
    for (int i = 0; i < IN_REGISTERS; ++i) t->y[j * t->y_step + from + i] = sum[i / 2][i % 2];
}
#else
enum { IN_REGISTERS = 1 };

static inline void multiply_some(const products *t, int j, int from)
{
    const size_t w_from = from / PANEL_ROWS * t->w_block + from % PANEL_ROWS;
    float sum = t->init[j * t->init_step + from];
    for (int s = 0; s < t->nruns; ++s) {
        const float *x = t->runs[s].x + j * t->x_step, *w = t->runs[s].w + w_from;
        for (int k = t->runs[s].n; k--; x += t->x_next, w += t->w_next) sum = fused_in_software(*x, *w, sum);
    }
    t->y[j * t->y_step + from] = sum;
}
#endif

static inline void multiply_in_software(const products *t)
{
    for (int j = 0; j < t->n; ++j)
        for (int from = 0; from < t->blocks * PANEL_ROWS; from += IN_REGISTERS) multiply_some(t, j, from);
}
