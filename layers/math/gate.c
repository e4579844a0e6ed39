/*
gate.c - gate, activations and softmax, CPU. GPU twins: gate_kernels.cu, pixel_softmax_kernels.cu.
*/
#include <math.h>
#include "activations.h"
#include "base/vector_math.h"
#include "layers/math/gate.h"
#include "layers/math/gate_math.h"

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
void gate_forward(const gate_items *t)
{
    int f = t->f / 16 * 16; // so that the compiler sees no rest
    for (int j = 0; j < t->n; ++j) {
        const float *z = t->z + j * t->z_step, *l = t->label + j * t->label_step;
        float *y = t->y + j * t->y_step;
#pragma omp simd
        for (int i = 0; i < f; ++i) y[i] = gate(z[i] + l[i], z[i + f] + l[i + f]);
    }
}

VECTORISED
void gate_backward(const gate_items *t, float *dz, size_t dz_step, float *sums)
{
    int f = t->f / 16 * 16;
    for (int j = 0; j < t->n; ++j) {
        const float *z = t->z + j * t->z_step, *l = t->label + j * t->label_step, *dy = t->y + j * t->y_step;
        float *d = dz + j * dz_step;
#pragma omp simd
        for (int i = 0; i < f; ++i) {
            gate_pair g = gate_gradient(z[i] + l[i], z[i + f] + l[i + f], dy[i]);
            d[i] = g.first;
            d[i + f] = g.second;
            sums[i] += g.first;
            sums[i + f] += g.second;
        }
    }
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

VECTORISED
static void rectify(int n, float *x)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) x[i] = x[i] < 0 ? 0 : x[i]; // NaN stays NaN
}

VECTORISED
static void rectified(int n, const float *y, float *delta)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) delta[i] = y[i] > 0 ? delta[i] : 0;
}

void activate_planes(float *x, int n, ACTIVATION a)
{
    if (a == RELU)
        rectify(n, x);
    else if (a != LINEAR)
        activate_array(x, n, a);
}

void gradient_of_planes(const float *y, int n, ACTIVATION a, float *delta)
{
    if (a == RELU)
        rectified(n, y, delta);
    else if (a != LINEAR)
        gradient_array(y, n, a, delta);
}

/* Pixels side by side in blocks, so that each pass over the levels is a pass over short rows. */
enum { RUN = 64 };

/* top and sum (n): the greatest logit, and the sum of exp(logit - top), in double: a float that holds the top's own 1 would
   lose what is below 6e-8, and the likelihood always be a little too good. */
VECTORISED
static void softmax_block(int levels, int stride, int n, const float *logits, float *p, float *top, double *sum)
{
    float scale[RUN];
    for (int i = 0; i < n; ++i) top[i] = logits[i];
    for (int i = 0; i < n; ++i) sum[i] = 0;
    for (int l = 1; l < levels; ++l)
#pragma omp simd
        for (int i = 0; i < n; ++i)
            top[i] = logits[(long)l * stride + i] > top[i] ? logits[(long)l * stride + i] : top[i];
    for (int l = 0; l < levels; ++l)
#pragma omp simd
        for (int i = 0; i < n; ++i)
            sum[i] += p[(long)l * stride + i] = exp_vector(logits[(long)l * stride + i] - top[i]);
    for (int i = 0; i < n; ++i) scale[i] = 1 / (float)sum[i];
    for (int l = 0; l < levels; ++l)
#pragma omp simd
        for (int i = 0; i < n; ++i) p[(long)l * stride + i] *= scale[i];
}

/* One logarithm for the product of a block's sums, which are 1 to 256 each. */
static double nats_of_block(int stride, int n, const float *logits, const float *truth, const float *top,
                            const double *sum)
{
    double nats = 0, product = 1;
    for (int i = 0; i < n; ++i) {
        nats += (double)top[i] - logits[(long)truth[i] * stride + i];
        product *= sum[i];
    }
    return nats + log(product);
}

double softmax_forward(int levels, int pixels, const float *logits, const float *truth, float *p)
{
    double nats = 0, sum[RUN];
    float top[RUN];
    for (int i = 0; i < pixels; i += RUN) {
        int n = pixels - i < RUN ? pixels - i : RUN;
        softmax_block(levels, pixels, n, logits + i, p + i, top, sum);
        if (truth) nats += nats_of_block(pixels, n, logits + i, truth + i, top, sum);
    }
    return nats;
}
