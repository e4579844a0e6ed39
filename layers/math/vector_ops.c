#include <string.h>
#include "base/vector_math.h"
#include "layers/math/vector_ops.h"

VECTORISED
void add_into(int n, const float *x, float *y)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] += x[i];
}

VECTORISED
void add_times(int n, float a, const float *x, float *y)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] += a * x[i];
}

/* Sixteen sums under way. In two vectors: gcc 12 keeps one of 64 bytes in memory. */
typedef float half __attribute__((vector_size(8 * sizeof(float))));
typedef struct {
    half low, high;
} sums16;

static inline void load(const float *x, sums16 *v)
{
    memcpy(&v->low, x, sizeof v->low);
    memcpy(&v->high, x + 8, sizeof v->high);
}

/* The last n numbers, fewer than 16, and zeros. */
static inline void load_rest(int n, const float *x, sums16 *v)
{
    float all[16] = {0};
    memcpy(all, x, n * sizeof(float));
    load(all, v);
}

static inline float add_up(const sums16 *v)
{
    half pairs = v->low + v->high;
    float x[8];
    memcpy(x, &pairs, sizeof x);
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

static inline void add_products(const sums16 *a, const sums16 *b, sums16 *sum)
{
    sum->low += a->low * b->low;
    sum->high += a->high * b->high;
}

VECTORISED
float dot(int n, const float *x, const float *y)
{
    sums16 sum = {0}, a, b;
    for (; n >= 16; n -= 16, x += 16, y += 16) {
        load(x, &a);
        load(y, &b);
        add_products(&a, &b, &sum);
    }
    load_rest(n, x, &a);
    load_rest(n, y, &b);
    add_products(&a, &b, &sum);
    return add_up(&sum);
}

VECTORISED
void exp_apply(int n, const float *x, float *y)
{
    n = n / 16 * 16;
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] = exp_vector(x[i]);
}

VECTORISED
void set_bias_planes(int rows, int pixels, const float *bias, float *x)
{
    for (int r = 0; r < rows; ++r, x += pixels)
#pragma omp simd
        for (int i = 0; i < pixels; ++i) x[i] = bias[r];
}

static inline void add_16(const sums16 *a, sums16 *sum)
{
    sum->low += a->low;
    sum->high += a->high;
}

VECTORISED
void add_plane_sums(int rows, int pixels, const float *x, float *sums)
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
