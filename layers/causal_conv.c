/*
causal_conv.c - convolutions with asymmetric kernels as matrix products, CPU. See causal_conv.h.
*/
#include <string.h>
#include "causal_conv.h"
#include "gemm.h"

static int min(int a, int b) { return a < b ? a : b; }
static int max(int a, int b) { return a > b ? a : b; }

/* A 1x1 without a shift to the side is a product on the image as it lies. */
static int is_pointwise(const causal_conv *k) { return k->kh * k->kw == 1 && k->left == 0; }

static int depth(const causal_conv *k) { return k->cin * k->kh * k->kw; }

size_t conv_weights(const causal_conv *k) { return (size_t)k->cout * depth(k); }

size_t conv_scratch(const causal_conv *k) { return is_pointwise(k) ? 0 : (size_t)depth(k) * k->h * k->w; }

/* A row of `columns` is one tap of one channel at every pixel. `move` is called for each stretch of
   pixels that lie inside the image: n floats of the column at pixel index `at` and of the image at `from`. */
typedef void (*mover)(float *column, float *image, int n);

static void each_stretch(const causal_conv *k, float *columns, float *image, mover move, int clear)
{
    int plane = k->h * k->w;
    for (int row = 0; row < depth(k); ++row) {
        float *column = columns + (size_t)row * plane;
        float *x = image + (size_t)(row / (k->kh * k->kw)) * plane;
        int dr = row / k->kw % k->kh * k->d - k->top, dc = row % k->kw * k->d - k->left;
        int c0 = max(0, -dc), c1 = min(k->w, k->w - dc);
        if (clear) memset(column, 0, plane * sizeof(float));
        if (c0 >= c1) continue;
        for (int r = max(0, -dr); r < min(k->h, k->h - dr); ++r)
            move(column + r * k->w + c0, x + (r + dr) * k->w + c0 + dc, c1 - c0);
    }
}

static void gather(float *column, float *image, int n) { memcpy(column, image, n * sizeof(float)); }

static void scatter(float *column, float *image, int n)
{
    for (int i = 0; i < n; ++i) image[i] += column[i];
}

/* Pixels that a pointwise kernel computes, and where they start in the output; the first top rows see nothing. */
static int pointwise_pixels(const causal_conv *k) { return max(0, k->h - k->top) * k->w; }
static int pointwise_start(const causal_conv *k) { return min(k->h, k->top) * k->w; }

void conv_forward(const causal_conv *k, float *weights, float *x, float beta, float *y, float *scratch)
{
    int plane = k->h * k->w;
    if (is_pointwise(k)) {
        int start = pointwise_start(k), n = pointwise_pixels(k);
        if (beta == 0)
            for (int c = 0; c < k->cout; ++c) memset(y + (size_t)c * plane, 0, start * sizeof(float));
        if (n) gemm(0, 0, k->cout, n, k->cin, 1, weights, k->cin, x, plane, beta, y + start, plane);
        return;
    }
    each_stretch(k, scratch, x, gather, 1);
    gemm(0, 0, k->cout, plane, depth(k), 1, weights, depth(k), scratch, plane, beta, y, plane);
}

void conv_backward_data(const causal_conv *k, float *weights, float *dy, float *dx, float *scratch)
{
    int plane = k->h * k->w;
    if (is_pointwise(k)) {
        int start = pointwise_start(k), n = pointwise_pixels(k);
        if (n) gemm(1, 0, k->cin, n, k->cout, 1, weights, k->cin, dy + start, plane, 1, dx, plane);
        return;
    }
    gemm(1, 0, depth(k), plane, k->cout, 1, weights, depth(k), dy, plane, 0, scratch, plane);
    each_stretch(k, scratch, dx, scatter, 0);
}

void conv_backward_weights(const causal_conv *k, float *x, float *dy, float *dw, float *scratch)
{
    int plane = k->h * k->w;
    if (is_pointwise(k)) {
        int start = pointwise_start(k), n = pointwise_pixels(k);
        if (n) gemm(0, 1, k->cout, k->cin, n, 1, dy + start, plane, x, plane, 1, dw, k->cin);
        return;
    }
    each_stretch(k, scratch, x, gather, 1);
    gemm(0, 1, k->cout, depth(k), plane, 1, dy, plane, scratch, plane, 1, dw, depth(k));
}
