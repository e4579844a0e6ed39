/*
gate.c - gate, row sums and softmax, CPU. GPU twins: in the .cu files of the layers.

tanh(a) . sigmoid(b) and its gradient come from m = e^-2a - 1 and w = e^-b with one division:
    tanh a = -m/(2+m)    sigmoid b = 1/(1+w)
*/
#include <math.h>
#include "gate.h"
#include "vector_math.h"

/* m, w and 1 / ((2+m)(1+w)); cut to where the gate no longer changes, so that nothing overflows. */
typedef struct {
    float m, w, r;
} gate_parts;

static inline gate_parts parts_of(float a, float b)
{
    a = a > 10 ? 10 : a;
    a = a < -10 ? -10 : a;
    b = b < -40 ? -40 : b;
    float m = expm1_vector(-2 * a), w = exp_vector(-b);
    return (gate_parts){m, w, 1 / ((2 + m) * (1 + w))};
}

static inline float gate(float a, float b)
{
    gate_parts p = parts_of(a, b);
    return -p.m * p.r;
}

/* a and b become dy times the derivatives: sigmoid(b) (1 - tanh(a)^2) and tanh(a) sigmoid(b) (1 - sigmoid(b)). */
static inline void gate_gradient(float *z1, float *z2, float l1, float l2, float dy)
{
    gate_parts p = parts_of(*z1 + l1, *z2 + l2);
    float s = (2 + p.m) * p.r, v = (1 + p.w) * p.r; // sigmoid(b), 1 / (2+m)
    *z1 = dy * s * 4 * (1 + p.m) * v * v;
    *z2 = -dy * p.m * p.r * p.w * s;
}

/* tanh and sigmoid of one channel. Written once for a label that is constant over the image and once for
   one that differs at each pixel: `label[i * step]` would keep the compiler from vectorising. */
VECTORISED
static void gate_channel(int n, const float *z1, const float *z2, const float *l1, const float *l2, float *y)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] = gate(z1[i] + l1[i], z2[i] + l2[i]);
}

VECTORISED
static void gate_channel_const(int n, const float *z1, const float *z2, float l1, float l2, float *y)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] = gate(z1[i] + l1, z2[i] + l2);
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
#pragma omp simd reduction(+ : s)
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

VECTORISED
void gate_apply(const gate_items *t)
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
void exp_apply(int n, const float *x, float *y)
{
    n = n / 16 * 16;
#pragma omp simd
    for (int i = 0; i < n; ++i) y[i] = exp_vector(x[i]);
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
        for (int i = 0; i < n; ++i)
            top[i] = logits[(long)l * stride + i] > top[i] ? logits[(long)l * stride + i] : top[i];
    for (int l = 0; l < levels; ++l)
#pragma omp simd
        for (int i = 0; i < n; ++i)
            sum[i] += p[(long)l * stride + i] = exp_vector(logits[(long)l * stride + i] - top[i]);
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
