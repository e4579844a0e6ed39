#include <math.h>
#include "base/memory.h"
#include "base/memory_gpu.h"
#include "base/threads.h"
#include "gemm.h"
#include "layers/math/blas_gpu.h"
#include "pixelcnn/commands/bench.h"
#include "pixelcnn/net/network_products.h"

/* Limits of a timing: on a device a product of many images, and many products, to fill it. */
typedef struct {
    int images;      // at most, of a product
    double features; // floats of them: beyond these, several images are no faster than one
    double flops;    // of a timing: a millisecond or more
} limits;
static const limits on_cpu = {4, 1e7, 2e8}, on_device = {64, 1e8, 4e9};
#define MOST_REPEATS 1000.0 // of a small product in one timing

typedef struct {
    int rows, depth, pixels;
    double count; // of such products in the net
    double best;  // seconds of one, the fastest so far
} shape;

struct gemm_peak {
    shape *shapes;
    int n, threads;
    const network *net;
    const limits *most;
    size_t weights, features, result; // floats of the largest shape
    float *x;                         // the weights; then for each thread its features and result
};

static void count_shape(gemm_peak *g, product p)
{
    shape *s = g->shapes;
    while (s < g->shapes + g->n && (s->rows != p.rows || s->depth != p.depth || s->pixels != p.pixels)) ++s;
    if (s == g->shapes + g->n) g->shapes[g->n++] = (shape){p.rows, p.depth, p.pixels, 0, INFINITY};
    s->count += p.times;
}

/* Images of the next larger product, 1 before the first; 0: no more. */
static int next_images(const gemm_peak *g, const shape *s, int images)
{
    if (!images) return 1;
    images *= 4;
    return images <= g->most->images && (double)s->depth * s->pixels * images <= g->most->features ? images : 0;
}

static size_t larger_in_lines(size_t a, size_t b) { return ((a > b ? a : b) + 63) & ~(size_t)63; }

/* Numbers from 1 to 2: none of them is slow to multiply. */
static void make_operands(gemm_peak *g)
{
    size_t n = g->weights + g->threads * (g->features + g->result);
    g->x = aligned_floats(n);
    for (size_t i = 0; i < n; ++i) g->x[i] = 1 + i % 17 / 17.f;
    if (ON_DEVICE(g->net)) {
        float *host = g->x;
        g->x = floats_gpu(n);
        push_gpu(g->x, host, n);
        free(host);
    }
}

gemm_peak *open_gemm_peak(const network *net)
{
    int n, most = 1; // pixels: products of one pixel, those of labels, count only where the image has no more
    product *p = network_products(net, &n);
    gemm_peak *g = checked_calloc(1, sizeof *g);
    g->shapes = checked_calloc(n, sizeof(shape));
    g->net = net;
    g->most = ON_DEVICE(g->net) ? &on_device : &on_cpu;
    g->threads = ON_DEVICE(g->net) ? 1 : max_threads();
    for (int i = 0; i < n; ++i) most = fmax(most, p[i].pixels);
    for (int i = 0; i < n; ++i)
        if (p[i].pixels > 1 || most == 1) count_shape(g, p[i]);
    for (const shape *s = g->shapes; s < g->shapes + g->n; ++s) {
        g->weights = larger_in_lines(g->weights, (size_t)s->rows * s->depth);
        for (int images = 0; (images = next_images(g, s, images));) {
            g->features = larger_in_lines(g->features, (size_t)s->pixels * images * s->depth);
            g->result = larger_in_lines(g->result, (size_t)s->pixels * images * s->rows);
        }
    }
    make_operands(g);
    free(p);
    return g;
}

/* What a timing multiplies. */
typedef struct {
    const gemm_peak *g;
    const shape *s;
    int images, repeats;
} repeated;

/* (rows,depth) x (depth,n). */
static void multiply(void *context, int part)
{
    const repeated *r = context;
    const gemm_peak *g = r->g;
    int rows = r->s->rows, depth = r->s->depth, pixels = r->s->pixels, n = pixels * r->images;
    float *x = g->x + g->weights + part * (g->features + g->result), *result = x + g->features;
    gemm_batch b = {.m = rows, .n = n, .k = depth, .a = g->x, .lda = depth, .b = x, .ldb = n};
    b.c = result, b.ldc = n, b.batch = 1;
    for (int i = 0; i < r->repeats; ++i)
        if (ON_DEVICE(g->net))
            multiply_gpu(&b);
        else
            gemm(0, 0, rows, n, depth, 1, g->x, depth, x, n, 0, result, n);
    wait_for_device(g->net->gpu_index);
}

/* Seconds of one product of one image; spread: each thread multiplies a product of its own. */
static double time_product(const gemm_peak *g, const shape *s, int images, int spread)
{
    double flops = 2. * s->rows * s->depth * s->pixels * images;
    repeated work = {g, s, images, fmin(MOST_REPEATS, ceil(g->most->flops / flops))};
    double start = what_time_is_it_now();
    if (spread)
        run_parts(g->threads, (phase[]){multiply, 0}, &work);
    else
        multiply(&work, 0);
    return (what_time_is_it_now() - start) / work.repeats / images / (spread ? g->threads : 1);
}

void repeat_gemm_peak(gemm_peak *g)
{
    for (shape *s = g->shapes; s < g->shapes + g->n; ++s)
        for (int images = 0; (images = next_images(g, s, images));)
            for (int spread = 0; spread <= !ON_DEVICE(g->net); ++spread)
                s->best = fmin(s->best, time_product(g, s, images, spread));
}

double gemm_peak_flops(const gemm_peak *g)
{
    double flops = 0, seconds = 0;
    for (const shape *s = g->shapes; s < g->shapes + g->n; ++s) {
        flops += 2. * s->rows * s->depth * s->pixels * s->count;
        seconds += s->best * s->count;
    }
    return flops / seconds;
}

void close_gemm_peak(gemm_peak *g)
{
    if (ON_DEVICE(g->net))
        free_gpu(g->x);
    else
        free(g->x);
    free(g->shapes);
    free(g);
}
