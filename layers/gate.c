/*
gate.c - gate, row sums and softmax for one image, CPU. GPU twins: in the .cu files of the layers.

Compiled with -ffast-math (see Makefile), so that gcc calls the vector tanhf and expf of libmvec; their
error is below 3e-7. The instruction set is chosen when the program starts.
*/
#include <math.h>
#include "gate.h"

#if defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
#define VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORISED
#endif

static inline float sigmoid(float x) { return 1 / (1 + expf(-x)); }

/* tanh and sigmoid of one channel. Written once for a label that is constant over the image and once for
   one that differs at each pixel: `label[i * step]` would keep the compiler from vectorising. */
VECTORISED
static void gate_channel(int n, const float *z1, const float *z2, const float *l1, const float *l2, float *y)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] = tanhf(z1[i] + l1[i]) * sigmoid(z2[i] + l2[i]);
}

VECTORISED
static void gate_channel_const(int n, const float *z1, const float *z2, float l1, float l2, float *y)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] = tanhf(z1[i] + l1) * sigmoid(z2[i] + l2);
}

static inline void gate_gradient(float *z1, float *z2, float l1, float l2, float dy)
{
    float t = tanhf(*z1 + l1), s = sigmoid(*z2 + l2);
    *z1 = dy * s * (1 - t * t);
    *z2 = dy * t * s * (1 - s);
}

VECTORISED
static void gradient_channel(int n, float *z1, float *z2, const float *l1, const float *l2, const float *dy)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) gate_gradient(z1 + i, z2 + i, l1[i], l2[i], dy[i]);
}

VECTORISED
static void gradient_channel_const(int n, float *z1, float *z2, float l1, float l2, const float *dy)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) gate_gradient(z1 + i, z2 + i, l1, l2, dy[i]);
}

VECTORISED
static void add_constant(int n, float a, float *x)
{
    for (int i = 0; i < n; ++i) x[i] += a;
}

void row_bias(int rows, int pixels, const float *bias, float *x)
{
    for (int r = 0; r < rows; ++r) add_constant(pixels, bias[r], x + (long)r * pixels);
}

void gate_forward(int f, int pixels, label_term label, const float *z, float *y)
{
    for (int c = 0; c < f; ++c) {
        long at = (long)c * pixels, far = (long)(c + f) * pixels;
        if (label.spatial)
            gate_channel(pixels, z + at, z + far, label.v + at, label.v + far, y + at);
        else
            gate_channel_const(pixels, z + at, z + far, label.v ? label.v[c] : 0, label.v ? label.v[c + f] : 0, y + at);
    }
}

void gate_backward(int f, int pixels, label_term label, float *z, const float *dy)
{
    for (int c = 0; c < f; ++c) {
        long at = (long)c * pixels, far = (long)(c + f) * pixels;
        if (label.spatial)
            gradient_channel(pixels, z + at, z + far, label.v + at, label.v + far, dy + at);
        else
            gradient_channel_const(pixels, z + at, z + far, label.v ? label.v[c] : 0, label.v ? label.v[c + f] : 0,
                                   dy + at);
    }
}

VECTORISED
static float sum_of(int n, const float *x)
{
    float s = 0;
    for (int i = 0; i < n; ++i) s += x[i];
    return s;
}

void row_sums(int rows, int pixels, const float *x, float *sum)
{
    for (int r = 0; r < rows; ++r) sum[r] = sum_of(pixels, x + (long)r * pixels);
}

VECTORISED
void add_into(int n, const float *x, float *y)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] += x[i];
}

/* Pixels side by side in blocks, so that each pass over the levels is a pass over short rows. */
enum { BLOCK = 64 };

VECTORISED
static void softmax_block(int levels, int stride, int n, const float *logits, float *p, float *log_sum)
{
    float top[BLOCK], sum[BLOCK] = {0};
    for (int i = 0; i < n; ++i) top[i] = logits[i];
    for (int l = 1; l < levels; ++l)
#pragma omp simd
        for (int i = 0; i < n; ++i) top[i] = fmaxf(top[i], logits[(long)l * stride + i]);
    for (int l = 0; l < levels; ++l)
#pragma omp simd
        for (int i = 0; i < n; ++i) sum[i] += p[(long)l * stride + i] = expf(logits[(long)l * stride + i] - top[i]);
#pragma omp simd
    for (int i = 0; i < n; ++i) log_sum[i] = top[i] + logf(sum[i]);
    for (int i = 0; i < n; ++i) sum[i] = 1 / sum[i];
    for (int l = 0; l < levels; ++l)
#pragma omp simd
        for (int i = 0; i < n; ++i) p[(long)l * stride + i] *= sum[i];
}

void softmax_forward(int levels, int pixels, const float *logits, float *p, float *log_sum)
{
    for (int i = 0; i < pixels; i += BLOCK)
        softmax_block(levels, pixels, pixels - i < BLOCK ? pixels - i : BLOCK, logits + i, p + i, log_sum + i);
}
