/*
gemm_peak.c - the machine's matrix product at a net's shapes. See gemm_peak.h.
*/
#include <math.h>
#include "gemm.h"
#include "layers/gated.h"
#include "pixelcnn/commands/gemm_peak.h"
#ifdef GPU
#include "base/calls_gpu.h"
#include "layers/math/blas_gpu.h"
#endif
#include "base/threads.h"
#include "pixelcnn/net/network_products.h"

#define SEVERAL 4           // images of a product
#define MANY 64             // on a device: enough to fill it
#define MOST_FLOATS 1e7     // of its features: beyond them several images are no faster than one
#define MOST_ON_DEVICE 1e8  // likewise
#define FLOPS_A_TIMING 2e8  // a millisecond or more
#define ON_DEVICE 20        // times as many
#define MOST_REPEATS 1000.0 // of a small product in one timing

typedef struct {
    int rows, depth, pixels;
    double count; // of such products in the net
    double best;  // seconds of one, the fastest so far
} shape;

struct gemm_peak {
    shape *shapes;
    int n, threads;
    int on_device;   // 1: by cuBLAS; the arrays are there, of several images
    float *weights;  // enough for the largest shape
    float *features; // likewise, for each thread
    float *result;   // likewise
    size_t feature_floats, result_floats;
};

typedef struct {
    int images; // of one product
    int spread; // 1: each thread its own product, 0: threads inside the product
} way;

enum { WAYS = 4 };
static const way host_ways[WAYS] = {{1, 1}, {1, 0}, {SEVERAL, 1}, {SEVERAL, 0}},
                 device_ways[WAYS] = {{1, 0}, {SEVERAL, 0}, {4 * SEVERAL, 0}, {MANY, 0}};

static void count_shape(gemm_peak *g, product p)
{
    int i = 0;
    while (i < g->n &&
           (g->shapes[i].rows != p.rows || g->shapes[i].depth != p.depth || g->shapes[i].pixels != p.pixels))
        ++i;
    if (i == g->n) g->shapes[g->n++] = (shape){p.rows, p.depth, p.pixels, 0, INFINITY};
    g->shapes[i].count += p.times;
}

static const way *ways_of(const gemm_peak *g) { return g->on_device ? device_ways : host_ways; }

/* One image always is. */
static int is_small_enough(const gemm_peak *g, const shape *s, int images)
{
    return images == 1 || (double)s->depth * s->pixels * images <= (g->on_device ? MOST_ON_DEVICE : MOST_FLOATS);
}

/* Images of the largest product of this shape. */
static int most_images(const gemm_peak *g, const shape *s)
{
    int most = 1;
    for (int k = 0; k < WAYS; ++k)
        if (is_small_enough(g, s, ways_of(g)[k].images)) most = fmax(most, ways_of(g)[k].images);
    return most;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* Numbers between 1 and 2: none of them slow to multiply. */
static float *some_floats_on_host(size_t n)
{
    float *x = checked_calloc(n, sizeof(float));
    for (size_t i = 0; i < n; ++i) x[i] = 1 + i % 17 / 17.f;
    return x;
}

#ifdef GPU
static float *some_floats(const gemm_peak *g, size_t n)
{
    float *x = some_floats_on_host(n);
    if (!g->on_device) return x;
    float *there = floats_gpu(n);
    push_gpu(there, x, n);
    free(x);
    return there;
}

static void free_floats(const gemm_peak *g, float *x)
{
    if (g->on_device)
        free_gpu(x);
    else
        free(x);
}

static void wait_for_products(const gemm_peak *g)
{
    if (g->on_device) CUDA_OK(cudaDeviceSynchronize());
}

/* The images are a batch of products with the same weights. */
static int multiply_on_device(const gemm_peak *g, const shape *s, int images)
{
    if (!g->on_device) return 0;
    multiply_gpu(&(gemm_batch){.m = s->rows,
                               .n = s->pixels,
                               .k = s->depth,
                               .a = g->weights,
                               .lda = s->depth,
                               .b = g->features,
                               .ldb = s->pixels,
                               .b_step = (long long)s->depth * s->pixels,
                               .c = g->result,
                               .ldc = s->pixels,
                               .c_step = (long long)s->rows * s->pixels,
                               .batch = images});
    return 1;
}
#else
static float *some_floats(const gemm_peak *g, size_t n)
{
    (void)g;
    return some_floats_on_host(n);
}
static void free_floats(const gemm_peak *g, float *x)
{
    (void)g;
    free(x);
}
static void wait_for_products(const gemm_peak *g) { (void)g; }
static int multiply_on_device(const gemm_peak *g, const shape *s, int images)
{
    (void)g, (void)s, (void)images;
    return 0;
}
#endif

gemm_peak *open_gemm_peak(const network *net)
{
    int n;
    product *p = network_products(net, &n);
    gemm_peak *g = checked_calloc(1, sizeof *g);
    g->shapes = checked_calloc(n, sizeof(shape));
    g->on_device = net->gpu_index >= 0;
    g->threads = g->on_device ? 1 : max_threads();
    size_t weights = 0;
    int most = 1; // pixels: the labels' products, of one pixel, count only where the image has no more
    for (int i = 0; i < n; ++i) most = fmax(most, p[i].pixels);
    for (int i = 0; i < n; ++i)
        if (p[i].pixels > 1 || most == 1) count_shape(g, p[i]);
    for (int i = 0; i < g->n; ++i) {
        const shape *s = g->shapes + i;
        size_t pixels = (size_t)s->pixels * most_images(g, s);
        weights = larger(weights, (size_t)s->rows * s->depth);
        g->feature_floats = larger(g->feature_floats, pixels * s->depth);
        g->result_floats = larger(g->result_floats, pixels * s->rows);
    }
    g->weights = some_floats(g, weights);
    g->features = some_floats(g, g->threads * g->feature_floats);
    g->result = some_floats(g, g->threads * g->result_floats);
    free(p);
    return g;
}

static void multiply(const gemm_peak *g, const shape *s, int images, int thread)
{
    int n = s->pixels * images;
    if (multiply_on_device(g, s, images)) return;
    gemm(0, 0, s->rows, n, s->depth, 1, g->weights, s->depth, g->features + thread * g->feature_floats, n, 0,
         g->result + thread * g->result_floats, n);
}

/* What a part of a timing multiplies. */
typedef struct {
    const gemm_peak *g;
    const shape *s;
    int images, repeats;
} repeated;

static void repeat_product(void *context, int part)
{
    const repeated *r = context;
    for (int i = 0; i < r->repeats; ++i) multiply(r->g, r->s, r->images, part);
}

/* Seconds of one product of one image. */
static double time_way(const gemm_peak *g, const shape *s, way w)
{
    double flops = 2. * s->rows * s->depth * s->pixels * w.images;
    int repeats = fmin(MOST_REPEATS, ceil(FLOPS_A_TIMING * (g->on_device ? ON_DEVICE : 1) / flops));
    wait_for_products(g);
    repeated work = {g, s, w.images, repeats};
    double start = what_time_is_it_now();
    if (w.spread)
        run_parts(g->threads, (phase[]){repeat_product, 0}, &work);
    else
        repeat_product(&work, 0);
    wait_for_products(g);
    return (what_time_is_it_now() - start) / repeats / w.images / (w.spread ? g->threads : 1);
}

void repeat_gemm_peak(gemm_peak *g)
{
    for (int i = 0; i < g->n; ++i)
        for (int k = 0; k < WAYS; ++k)
            if (is_small_enough(g, g->shapes + i, ways_of(g)[k].images))
                g->shapes[i].best = fmin(g->shapes[i].best, time_way(g, g->shapes + i, ways_of(g)[k]));
}

double gemm_peak_flops(const gemm_peak *g)
{
    double flops = 0, seconds = 0;
    for (int i = 0; i < g->n; ++i) {
        const shape *s = g->shapes + i;
        flops += 2. * s->rows * s->depth * s->pixels * s->count;
        seconds += s->best * s->count;
    }
    return flops / seconds;
}

void close_gemm_peak(gemm_peak *g)
{
    free(g->shapes);
    free_floats(g, g->weights);
    free_floats(g, g->features);
    free_floats(g, g->result);
    free(g);
}
