/*
multiply_in_software.h - the products of multiply.c without a fused multiply-add: SSE2 and WebAssembly.

A product of floats is exact in double, so a chain is followed in double and rounded to float after each sum.
That rounds twice, which gives another float only where the sum is inexact and its double lies in the middle
between two floats. Such sums are found by their bits, which is rare but where x has few bits, and the run
that has one is computed once more with fused_in_software, which rounds once.
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
/* The first halves of four doubles. */
static inline four_ints low_words(two_doubles a, two_doubles b)
{
    return (four_ints)_mm_shuffle_ps((__m128)a, (__m128)b, _MM_SHUFFLE(2, 0, 2, 0));
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
static inline four_ints low_words(two_doubles a, two_doubles b)
{
    return (four_ints)wasm_i32x4_shuffle((v128_t)a, (v128_t)b, 0, 2, 4, 6);
}
static inline int is_any(four_ints x) { return wasm_v128_any_true((v128_t)x); }
#endif

/* Outputs at a time, whose sums stay in registers, of at most two items, which share the conversion of the
   weights. */
enum { OUTPUTS = 8, PAIRS = OUTPUTS / 2, ITEMS = 2 };
typedef two_doubles pair_sums[PAIRS];

/* Not 0 for a number that rounding to float has changed and whose last 28 bits of 52 are zero: every double
   in the middle between two floats, also between denormal ones, is among them. */
static inline four_ints in_doubt(const two_doubles *sum, const two_doubles *rounded)
{
    const four_ints none = {0};
    four_ints changed = low_words((two_doubles)(sum[0] != rounded[0]), (two_doubles)(sum[1] != rounded[1]));
    return changed & ((low_words(sum[0], sum[1]) << 4) == none);
}

/* sum += x * w of an item, rounded to double and to float. Returns where that may not be what rounding once
   gives. */
static inline four_ints add_product(float x, const two_doubles *w, two_doubles *sum)
{
    two_doubles next[PAIRS], number = {x, x};
    four_ints doubt = {0};
    for (int i = 0; i < PAIRS; ++i) next[i] = number * w[i] + sum[i];
    for (int i = 0; i < PAIRS; ++i) sum[i] = rounded_to_floats(next[i]);
    for (int i = 0; i < PAIRS; i += 2) doubt |= in_doubt(next + i, sum + i);
    return doubt;
}

/* A run of one item, each sum in doubt once more. */
static inline void add_run_with_care(const products *t, product_run run, two_doubles *sum)
{
    pair_sums w, before;
    for (; run.n--; run.x += t->x_next, run.w += t->w_next) {
        for (int i = 0; i < OUTPUTS; ++i) w[i / 2][i % 2] = run.w[i];
        memcpy(before, sum, sizeof before);
        if (!is_any(add_product(*run.x, w, sum))) continue;
        for (int i = 0; i < OUTPUTS; ++i)
            sum[i / 2][i % 2] = fused_in_software(*run.x, run.w[i], (float)before[i / 2][i % 2]);
    }
}

/* A run of some items; where a sum is in doubt, all of it with care. */
static inline __attribute__((always_inline)) void add_run(const products *t, product_run run, int items, pair_sums *sum)
{
    pair_sums start[ITEMS], w;
    four_ints doubt = {0};
    const float *x = run.x, *v = run.w;
    const size_t x_next = t->x_next, w_next = t->w_next;
    memcpy(start, sum, items * sizeof *start);
    for (int k = run.n; k--; x += x_next, v += w_next) {
        for (int i = 0; i < PAIRS; i += 2) {
            four_floats four;
            memcpy(&four, v + 2 * i, sizeof four);
            w[i] = first_two(four);
            w[i + 1] = last_two(four);
        }
        for (int j = 0; j < items; ++j) doubt |= add_product(x[j * t->x_step], w, sum[j]);
    }
    if (!is_any(doubt)) return;
    memcpy(sum, start, items * sizeof *start);
    for (int j = 0; j < items; ++j, run.x += t->x_step) add_run_with_care(t, run, sum[j]);
}

/* Some outputs of some items, from output `from` and item `first` on. */
static inline __attribute__((always_inline)) void multiply_some(const products *t, int first, int items, int from)
{
    const size_t w_from = from / PANEL_ROWS * t->w_block + from % PANEL_ROWS;
    pair_sums sum[ITEMS];
    for (int j = 0; j < items; ++j)
        for (int i = 0; i < OUTPUTS; ++i) sum[j][i / 2][i % 2] = t->init[(first + j) * t->init_step + from + i];
    for (int s = 0; s < t->nruns; ++s)
        add_run(t, (product_run){t->runs[s].x + first * t->x_step, t->runs[s].w + w_from, t->runs[s].n}, items, sum);
    for (int j = 0; j < items; ++j)
        for (int i = 0; i < OUTPUTS; ++i) t->y[(first + j) * t->y_step + from + i] = sum[j][i / 2][i % 2];
}

static inline void multiply_in_software(const products *t)
{
    int j = 0, outputs = product_outputs(t);
    for (; j + ITEMS <= t->n; j += ITEMS)
        for (int from = 0; from < outputs; from += OUTPUTS) multiply_some(t, j, ITEMS, from);
    for (int from = 0; j < t->n && from < outputs; from += OUTPUTS) multiply_some(t, j, 1, from);
}
#else
/* An output of an item. */
static inline float chain(const products *t, int j, int output)
{
    const size_t w_from = output / PANEL_ROWS * t->w_block + output % PANEL_ROWS;
    float sum = t->init[j * t->init_step + output];
    for (int s = 0; s < t->nruns; ++s) {
        const float *x = t->runs[s].x + j * t->x_step, *w = t->runs[s].w + w_from;
        for (int k = t->runs[s].n; k--; x += t->x_next, w += t->w_next) sum = fused_in_software(*x, *w, sum);
    }
    return sum;
}

static inline void multiply_in_software(const products *t)
{
    for (int j = 0; j < t->n; ++j)
        for (int i = 0; i < product_outputs(t); ++i) t->y[j * t->y_step + i] = chain(t, j, i);
}
#endif
