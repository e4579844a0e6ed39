/*
multiply.c - the one kernel of all products on the CPU. See panel.h.

An output is one chain of fused multiply-adds, in the order of its runs and their numbers, whatever the
instruction set, the tiles and the number of items: the same bits on every machine (docs/dev/exactness.md).
*/
#include <string.h>
#include "base/vectorised.h"
#include "layers/math/multiply_in_software.h"
#include "layers/math/panel.h"
#ifdef __x86_64__
#include <immintrin.h>
#elif defined __aarch64__
#include <arm_neon.h>
#endif

/* Without it gcc 12 keeps the sums of AVX2 tiles in memory: a quarter of the speed. */
#define UNROLLED _Pragma("GCC unroll 16")

/* Two items alone do not make gcc 12 load a weight once; three do, and have no register left. */
#if defined(__x86_64__) && !defined(__clang__)
#define IN_REGISTER(v) __asm__("" : "+v"(v))
#else
#define IN_REGISTER(v) ((void)0)
#endif

/* y of T items and C blocks of ROWS outputs, 32 or 16, sums in registers. T, C and ROWS are literals: with
   parameters the compiler would keep the sums in memory. `bytes` is the size of a vector; FUSED_isa(x, w, sum)
   is x * w + sum of a number and two vectors. */
#define TILE(isa, attributes, bytes, T, C, ROWS)                                                                       \
    attributes static inline                                                                                           \
        __attribute__((always_inline)) void tile_##isa##_##T##_##C##_##ROWS(const products *t, int j, int block)       \
    {                                                                                                                  \
        enum { V = ROWS * sizeof(float) / bytes, LANES = bytes / sizeof(float) };                                      \
        vec_##isa sum[T][C * V];                                                                                       \
        const float *init = t->init + j * t->init_step + block * PANEL_ROWS;                                           \
        float *y = t->y + j * t->y_step + block * PANEL_ROWS;                                                          \
        const size_t x_step = t->x_step, x_next = t->x_next, w_next = t->w_next, far = t->w_block;                     \
        UNROLLED for (int i = 0; i < T; ++i) UNROLLED for (int v = 0; v < C * V; ++v)                                  \
            memcpy(&sum[i][v], init + i * t->init_step + v * LANES, bytes);                                            \
        for (int s = 0; s < t->nruns; ++s) {                                                                           \
            const float *x = t->runs[s].x + j * x_step, *w = t->runs[s].w + block * far;                               \
            for (int k = t->runs[s].n; k--; x += x_next, w += w_next) {                                                \
                vec_##isa wv[C * V];                                                                                   \
                UNROLLED for (int v = 0; v < C * V; ++v) memcpy(&wv[v], w + v / V * far + v % V * LANES, bytes);       \
                UNROLLED for (int v = 0; T == 2 && v < C * V; ++v) IN_REGISTER(wv[v]);                                 \
                UNROLLED for (int i = 0; i < T; ++i) UNROLLED for (int v = 0; v < C * V; ++v)                          \
                    sum[i][v] = FUSED_##isa(x[i * x_step], wv[v], sum[i][v]);                                          \
            }                                                                                                          \
        }                                                                                                              \
        UNROLLED for (int i = 0; i < T; ++i) UNROLLED for (int v = 0; v < C * V; ++v)                                  \
            memcpy(y + i * t->y_step + v * LANES, &sum[i][v], bytes);                                                  \
    }

/* Items in tiles of T with C blocks at once, what blocks are left over one by one, while `more` of the items
   that are left. */
#define TILES(isa, T, C, more)                                                                                         \
    for (int left; left = t->n - j, more; j += T) {                                                                    \
        int b = 0;                                                                                                     \
        for (; b + C <= t->blocks; b += C) tile_##isa##_##T##_##C##_32(t, j, b);                                       \
        for (; b < t->blocks; ++b) tile_##isa##_##T##_1_32(t, j, b);                                                   \
    }

/* Half a block. */
#define HALVES(isa, T, more)                                                                                           \
    for (int left; left = t->n - j, more; j += T) tile_##isa##_##T##_1_16(t, j, 0);

/* All items, in ever smaller tiles: as many sums under way as the registers of an instruction set hold. */
#define KERNEL(name, attributes, ...)                                                                                  \
    attributes static void multiply_##name(const products *t)                                                          \
    {                                                                                                                  \
        int j = 0;                                                                                                     \
        __VA_ARGS__                                                                                                    \
    }

#ifdef __x86_64__
#define V4 TARGET("x86-64-v4", 512)
typedef float vec_v4 __attribute__((vector_size(64)));
#define FUSED_v4(x, w, sum) (vec_v4) _mm512_fmadd_ps(_mm512_set1_ps(x), (__m512)(w), (__m512)(sum))
TILE(v4, V4, 64, 8, 1, 32)
TILE(v4, V4, 64, 4, 1, 32)
TILE(v4, V4, 64, 2, 1, 32)
TILE(v4, V4, 64, 2, 2, 32)
TILE(v4, V4, 64, 1, 1, 32)
TILE(v4, V4, 64, 1, 2, 32)
KERNEL(v4, V4, TILES(v4, 8, 1, left >= 8) TILES(v4, 4, 1, left >= 4) TILES(v4, 2, 2, left >= 2) TILES(v4, 1, 2, left))
TILE(v4, V4, 64, 12, 1, 16)
TILE(v4, V4, 64, 4, 1, 16)
TILE(v4, V4, 64, 1, 1, 16)
KERNEL(half_v4, V4, HALVES(v4, 12, left >= 12) HALVES(v4, 4, left >= 4) HALVES(v4, 1, left))

#define V3 TARGET("x86-64-v3", 256)
typedef float vec_v3 __attribute__((vector_size(32)));
#define FUSED_v3(x, w, sum) (vec_v3) _mm256_fmadd_ps(_mm256_set1_ps(x), (__m256)(w), (__m256)(sum))
TILE(v3, V3, 32, 3, 1, 32)
TILE(v3, V3, 32, 2, 1, 32)
TILE(v3, V3, 32, 1, 1, 32)
TILE(v3, V3, 32, 1, 2, 32)
/* Four as two and two: one alone waits for its own sums. */
KERNEL(v3, V3, TILES(v3, 3, 1, left >= 3 && left != 4) TILES(v3, 2, 1, left >= 2) TILES(v3, 1, 2, left))
TILE(v3, V3, 32, 6, 1, 16)
TILE(v3, V3, 32, 4, 1, 16)
TILE(v3, V3, 32, 1, 1, 16)
KERNEL(half_v3, V3, HALVES(v3, 6, left >= 6) HALVES(v3, 4, left >= 4) HALVES(v3, 1, left))
#endif

#if HAS_FMA
typedef float vec_any __attribute__((vector_size(16)));
#ifdef __aarch64__
#define FUSED_any(x, w, sum) (vec_any) vfmaq_n_f32((float32x4_t)(sum), (float32x4_t)(w), x)
#else
static inline vec_any fused_any(float x, vec_any w, vec_any sum)
{
    for (int i = 0; i < 4; ++i) sum[i] = __builtin_fmaf(x, w[i], sum[i]);
    return sum;
}
#define FUSED_any(x, w, sum) fused_any(x, w, sum)
#endif
TILE(any, , 16, 2, 1, 32)
TILE(any, , 16, 1, 1, 32)
KERNEL(any, , TILES(any, 2, 1, left >= 2) TILES(any, 1, 1, left))
TILE(any, , 16, 2, 1, 16)
TILE(any, , 16, 1, 1, 16)
KERNEL(half_any, , HALVES(any, 2, left >= 2) HALVES(any, 1, left))
#else
static void multiply_any(const products *t) { multiply_in_software(t); }
static void multiply_half_any(const products *t) { multiply_in_software(t); }
#endif

void multiply(const products *t)
{
#ifdef __x86_64__
    vector_set set = vectors_in_use();
    if (set == VECTORS_AVX512) return t->blocks ? multiply_v4(t) : multiply_half_v4(t);
    if (set == VECTORS_AVX2) return t->blocks ? multiply_v3(t) : multiply_half_v3(t);
#endif
    return t->blocks ? multiply_any(t) : multiply_half_any(t);
}
