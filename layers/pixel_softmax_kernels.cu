/*
pixel_softmax_kernels.cu - the loss on the device. See pixel_softmax_kernels.h. CPU twin:
pixel_softmax_layer.c, gate.c.

A block works on some pixels of one colour of one image; with many levels several threads share a pixel.
Neighbouring threads read neighbouring pixels of one level. The logits are read three times, the second and
third time usually from the cache.
*/
#include "base/calls_gpu.h"
#include "base/vector_math.h"
#include "layers/loss_parts.cuh"
#include "layers/math/blocks.cuh"
#include "layers/math/planes_gpu.h"

enum { MANY_LEVELS = 32, SHARERS = 8 };

/* Pixels of a block and threads of a pixel. */
typedef struct {
    int width, sharers, blocks; // blocks of a plane
} division;

static __host__ __device__ division division_of(int levels, int pixels)
{
    division d;
    d.sharers = levels < MANY_LEVELS ? 1 : SHARERS;
    d.width = d.sharers == 1 ? threads_for(pixels) : THREADS / SHARERS;
    d.blocks = (pixels + d.width - 1) / d.width;
    return d;
}

/* The largest, or the sum, of x over the threads that share a pixel, for all of them. */
static __device__ double of_pixel(double x, division d, int sum)
{
    __shared__ double shared[THREADS];
    int column = threadIdx.x % d.width;
    __syncthreads();
    shared[threadIdx.x] = x;
    __syncthreads();
    double all = shared[column];
    for (int i = 1; i < d.sharers; ++i) {
        double y = shared[i * d.width + column];
        all = sum ? all + y : y > all ? y : all;
    }
    return all;
}

/* A pixel's first level in logits and delta, the floats from a level to the next, and its first level in p. */
typedef struct {
    size_t at, step, p;
} level_place;

/* Writes p and delta; returns the loss of the pixel if this is the first thread that shares it, else 0. */
static __device__ double write_pixel(const softmax_gpu &t, division d, level_place at, int truth, float top, double sum)
{
    float scale = 1 / (float)sum;
    int first = threadIdx.x / d.width;
    for (int l = first; l < t.levels; l += d.sharers) {
        size_t k = at.at + l * at.step;
        float p = exp_vector(HAS_FMA, t.logits[k] - top) * scale;
        if (t.p) t.p[at.p + (size_t)l * t.pixels] = p;
        if (t.delta) t.delta[k] = (l == truth) - p;
    }
    return first || !t.truth ? 0 : (double)top - t.logits[at.at + truth * at.step] + log(sum);
}

__global__ void softmax_kernel(softmax_gpu t, plane_steps step, double *parts)
{
    __shared__ double buffer[MOST_WARPS];
    division d = division_of(t.levels, t.pixels);
    size_t plane = blockIdx.x / d.blocks;
    int pixel = blockIdx.x % d.blocks * d.width + threadIdx.x % d.width, first = threadIdx.x / d.width;
    int inside = pixel < t.pixels;
    size_t channel = plane % t.colours * t.levels;
    level_place at = {plane / t.colours * step.image + channel * step.plane + pixel, step.plane,
                      plane * t.levels * t.pixels + pixel};
    float top = 0;
    double sum = 0; // in double as on the CPU
    if (inside) top = t.logits[at.at + first * at.step];
    for (int l = first; inside && l < t.levels; l += d.sharers) {
        float x = t.logits[at.at + l * at.step];
        top = x > top ? x : top;
    }
    top = of_pixel(top, d, 0);
    for (int l = first; inside && l < t.levels; l += d.sharers)
        sum += exp_vector(HAS_FMA, t.logits[at.at + l * at.step] - top);
    sum = of_pixel(sum, d, 1);
    int truth = inside && t.truth ? (int)t.truth[plane * t.pixels + pixel] : -1;
    double nll = inside ? write_pixel(t, d, at, truth, top, sum) : 0;
    nll = block_sum(nll, buffer);
    if (threadIdx.x == 0) parts[blockIdx.x] = nll;
}

__global__ void sum_losses_kernel(image_losses t) { sum_loss_parts(t, blockIdx.x * blockDim.x + threadIdx.x); }

int softmax_parts_gpu(const softmax_gpu *t) { return t->colours * division_of(t->levels, t->pixels).blocks; }

void softmax_loss_gpu(const softmax_gpu *t)
{
    division d = division_of(t->levels, t->pixels);
    plane_steps step = our_steps(t->batch, t->colours * t->levels, t->pixels);
    softmax_kernel<<<t->batch * softmax_parts_gpu(t), d.width * d.sharers>>>(*t, step, t->nll + t->batch);
    LAUNCH_OK();
}

void sum_losses_gpu(image_losses t)
{
    sum_losses_kernel<<<(t.images + THREADS - 1) / THREADS, THREADS>>>(t);
    LAUNCH_OK();
}
