#include <string.h>
#include "base/vector_math.h"
#include "base/vectorised.h"
#include "layers/math/vector_ops.h"

VECTOR_BODY void add_into_body(int n, const float *x, float *y)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] += x[i];
}
VECTORISED(void, add_into, (int n, const float *x, float *y), n, x, y);

VECTOR_BODY void add_times_body(int has_fma, int n, float a, const float *x, float *y)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] = fused(has_fma, a, x[i], y[i]);
}
VECTORISED_FUSED(void, add_times, (int n, float a, const float *x, float *y), n, a, x, y);

/* Sixteen sums under way. In two vectors: gcc 12 keeps one of 64 bytes in memory. */
typedef float half __attribute__((vector_size(8 * sizeof(float))));
typedef struct {
    half low, high;
} sums16;

VECTOR_BODY void load(const float *x, sums16 *v)
{
    memcpy(&v->low, x, sizeof v->low);
    memcpy(&v->high, x + 8, sizeof v->high);
}

/* The last n numbers, fewer than 16, and zeros. */
VECTOR_BODY void load_rest(int n, const float *x, sums16 *v)
{
    float all[16] = {0};
    memcpy(all, x, n * sizeof(float));
    load(all, v);
}

VECTOR_BODY float add_up(const sums16 *v)
{
    half pairs = v->low + v->high;
    float x[8];
    memcpy(x, &pairs, sizeof x);
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

VECTOR_BODY void add_products(int has_fma, const sums16 *a, const sums16 *b, sums16 *sum)
{
    for (int i = 0; i < 8; ++i) {
        sum->low[i] = fused(has_fma, a->low[i], b->low[i], sum->low[i]);
        sum->high[i] = fused(has_fma, a->high[i], b->high[i], sum->high[i]);
    }
}

VECTOR_BODY float dot_body(int has_fma, int n, const float *x, const float *y)
{
    sums16 sum = {0}, a, b;
    for (; n >= 16; n -= 16, x += 16, y += 16) {
        load(x, &a);
        load(y, &b);
        add_products(has_fma, &a, &b, &sum);
    }
    load_rest(n, x, &a);
    load_rest(n, y, &b);
    add_products(has_fma, &a, &b, &sum);
    return add_up(&sum);
}
VECTORISED_FUSED(float, dot, (int n, const float *x, const float *y), n, x, y);

VECTOR_BODY void exp_apply_body(int has_fma, int n, const float *x, float *y)
{
    n = n / 16 * 16;
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] = exp_vector(has_fma, x[i]);
}
VECTORISED_FUSED(void, exp_apply, (int n, const float *x, float *y), n, x, y);

VECTOR_BODY void set_bias_planes_body(int rows, int pixels, const float *bias, float *x)
{
    for (int r = 0; r < rows; ++r, x += pixels)
#pragma omp simd
        for (int i = 0; i < pixels; ++i) x[i] = bias[r];
}
VECTORISED(void, set_bias_planes, (int rows, int pixels, const float *bias, float *x), rows, pixels, bias, x);

VECTOR_BODY void add_16(const sums16 *a, sums16 *sum)
{
    sum->low += a->low;
    sum->high += a->high;
}

VECTOR_BODY void add_plane_sums_body(int rows, int pixels, const float *x, float *sums)
{
    for (int r = 0; r < rows; ++r) {
        sums16 sum = {0}, a;
        int n = pixels;
        for (; n >= 16; n -= 16, x += 16) {
            load(x, &a);
            add_16(&a, &sum);
        }
        load_rest(n, x, &a);
        add_16(&a, &sum);
        x += n;
        sums[r] += add_up(&sum);
    }
}
VECTORISED(void, add_plane_sums, (int rows, int pixels, const float *x, float *sums), rows, pixels, x, sums);
