/*
panel.c - small linear maps, CPU. See panel.h.
*/
#include <stdlib.h>
#include <string.h>
#include "gated.h"
#include "panel.h"
#include "vector_math.h"

panel make_panel(int rows, int nsegments, const panel_segment *segments)
{
    panel p = {.rows = (rows + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS, .nsegments = nsegments};
    p.segments = checked_calloc(nsegments, sizeof *segments);
    memcpy(p.segments, segments, nsegments * sizeof *segments);
    for (int s = 0; s < nsegments; ++s) p.depth += segments[s].n;
    p.w = aligned_floats((size_t)p.rows * p.depth);
    return p;
}

void free_panel(panel *p)
{
    free(p->segments);
    free(p->w);
    *p = (panel){0};
}

float *panel_weight(panel *p, int row, int k)
{
    return p->w + ((size_t)(row / PANEL_ROWS) * p->depth + k) * PANEL_ROWS + row % PANEL_ROWS;
}

/* One kernel for each instruction set: `bytes` of a vector and its tiles. A tile of T items and C blocks of
   PANEL_ROWS outputs keeps its sums in registers; T and C are constants wherever it is inlined. */
#define TILE(name, vec, bytes)                                                                                         \
    static inline __attribute__((always_inline)) void name(int T, int C, const panel *p, const panel_items *t, int j,  \
                                                           int block)                                                  \
    {                                                                                                                  \
        enum { V = PANEL_ROWS * sizeof(float) / bytes };                                                               \
        vec sum[T][C * V];                                                                                             \
        const size_t far = (size_t)p->depth * PANEL_ROWS;                                                              \
        const float *w = p->w + block * far, *init = t->init + j * t->init_step + block * PANEL_ROWS;                  \
        float *y = t->y + j * t->y_step + block * PANEL_ROWS;                                                          \
        for (int i = 0; i < T; ++i)                                                                                    \
            for (int v = 0; v < C * V; ++v)                                                                            \
                memcpy(&sum[i][v], init + i * t->init_step + v * (bytes / sizeof(float)), bytes);                      \
        for (int s = 0; s < p->nsegments; ++s) {                                                                       \
            const float *x = t->x[p->segments[s].row] + p->segments[s].offset + j * t->x_step;                         \
            for (int k = p->segments[s].n; k--; ++x, w += PANEL_ROWS)                                                  \
                for (int i = 0; i < T; ++i)                                                                            \
                    for (int v = 0; v < C * V; ++v)                                                                    \
                        sum[i][v] += x[i * t->x_step] * ((const vec *)(w + v / V * far))[v % V];                       \
        }                                                                                                              \
        for (int i = 0; i < T; ++i)                                                                                    \
            for (int v = 0; v < C * V; ++v)                                                                            \
                memcpy(y + i * t->y_step + v * (bytes / sizeof(float)), &sum[i][v], bytes);                            \
    }

/* All items: tiles of `most`, then ever smaller ones, which take two blocks of outputs at once so that enough sums
   are under way. */
#define KERNEL(isa, bytes, most, attributes)                                                                           \
    typedef float vec_##isa __attribute__((vector_size(bytes)));                                                       \
    TILE(tile_##isa, vec_##isa, bytes)                                                                                 \
    attributes static void apply_##isa(const panel *p, const panel_items *t)                                           \
    {                                                                                                                  \
        int blocks = p->rows / PANEL_ROWS, n = t->n, j = 0;                                                            \
        for (; most > 4 && n - j >= most; j += most)                                                                   \
            for (int b = 0; b < blocks; ++b) tile_##isa(most, 1, p, t, j, b);                                          \
        for (; n - j >= 4; j += 4)                                                                                     \
            for (int b = 0; b < blocks; ++b) tile_##isa(4, 1, p, t, j, b);                                             \
        for (; n - j >= 2; j += 2) {                                                                                   \
            int b = 0;                                                                                                 \
            for (; b + 2 <= blocks; b += 2) tile_##isa(2, 2, p, t, j, b);                                              \
            if (b < blocks) tile_##isa(2, 1, p, t, j, b);                                                              \
        }                                                                                                              \
        for (; j < n; ++j) {                                                                                           \
            int b = 0;                                                                                                 \
            for (; b + 2 <= blocks; b += 2) tile_##isa(1, 2, p, t, j, b);                                              \
            if (b < blocks) tile_##isa(1, 1, p, t, j, b);                                                              \
        }                                                                                                              \
    }

#ifdef __x86_64__
KERNEL(v4, 64, 8, __attribute__((target("arch=x86-64-v4"))))
KERNEL(v3, 32, 4, __attribute__((target("arch=x86-64-v3"))))
#endif
KERNEL(any, 16, 4, )

void panel_apply(const panel *p, const panel_items *t)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("x86-64-v4")) return apply_v4(p, t);
    if (__builtin_cpu_supports("x86-64-v3")) return apply_v3(p, t);
#endif
    apply_any(p, t);
}

/* tanh(a) . sigmoid(b) with one division: (1 - e^-2a) / ((1 + e^-2a) (1 + e^-b)). */
static inline float gate_vector(float a, float b)
{
    a = a > 10 ? 10 : a < -10 ? -10 : a;
    b = b < -40 ? -40 : b;
    float u = exp_vector(-2 * a), w = exp_vector(-b);
    return (1 - u) / ((1 + u) * (1 + w));
}

VECTORISED
void gate_apply(const gate_items *t)
{
    int f = t->f / PANEL_LANES * PANEL_LANES; // so that the compiler sees no rest
    for (int j = 0; j < t->n; ++j) {
        const float *z = t->z + j * t->z_step, *l = t->label + j * t->label_step;
        float *y = t->y + j * t->y_step;
#pragma omp simd
        for (int i = 0; i < f; ++i) y[i] = gate_vector(z[i] + l[i], z[i + f] + l[i + f]);
    }
}

VECTORISED
void exp_apply(int n, const float *x, float *y)
{
    n = n / PANEL_LANES * PANEL_LANES;
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] = exp_vector(x[i]);
}
