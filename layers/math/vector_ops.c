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

VECTORISED
float dot(int n, const float *x, const float *y)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; ++i) sum += x[i] * y[i];
    return sum;
}

VECTORISED
void exp_apply(int n, const float *x, float *y)
{
    n = n / 16 * 16;
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] = exp_vector(x[i]);
}

VECTORISED
void add_bias_planes(int rows, int pixels, const float *bias, float *x)
{
    for (int r = 0; r < rows; ++r, x += pixels)
#pragma omp simd
        for (int i = 0; i < pixels; ++i) x[i] += bias[r];
}

VECTORISED
void add_plane_sums(int rows, int pixels, const float *x, float *sums)
{
    for (int r = 0; r < rows; ++r, x += pixels) {
        float s = 0;
#pragma omp simd reduction(+ : s)
        for (int i = 0; i < pixels; ++i) s += x[i];
        sums[r] += s;
    }
}
