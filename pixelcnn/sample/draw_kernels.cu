/*
draw_kernels.cu - values of images in progress. See draw_kernels.h; the formulas are in draw_level.h.

A block draws for 32 images: 8 warps share the levels of guidance, maximum and exponentials; one thread per
image adds the shares in the order of the levels, in double, as the CPU does. Those 2 x levels dependent
additions dominate with many levels.
*/
#include <float.h>
#include <math.h>
#include "base/calls_gpu.h"
#include "base/random.h"
#include "pixelcnn/sample/draw_kernels.h"
#include "pixelcnn/sample/draw_level.h"

enum { IMAGES = 32, SHARERS = 8 };

static __global__ void next_row_kernel(draw_plan d)
{
    draw_position *at = d.at;
    at->row += 1;
    at->column = 0;
    at->value = at->row * d.width * d.colours;
}

void open_row_gpu(const draw_plan *d, cudaStream_t stream)
{
    draw_plan of = *d;
    next_row_kernel<<<1, 1, 0, stream>>>(of);
    LAUNCH_OK();
}

/* Writes a value of image i at a column of the current row into its lane, and if guided into its twin's. */
static __device__ void put(const draw_plan &d, int i, int colour, int column, int level)
{
    float *x = d.image.x + d.at->row % d.image.rows * d.image.row + (size_t)column * d.lanes;
    x += colour * d.features * d.image.channel;
    const float *input = d.inputs + level * d.features;
    int twin = d.request->guided ? d.request->n : 0;
    for (size_t k = 0; k < d.features; ++k, x += d.image.channel) x[i] = x[twin + i] = input[k];
}

/* The index of a value of image i in drawn. */
static __device__ unsigned char *value_of(const draw_plan &d, int i, int colour, int pixel)
{
    return d.drawn + ((size_t)i * d.colours + colour) * d.height * d.width + pixel;
}

/* A thread works on one image, a block's y is the column. */
static __global__ void put_given_kernel(draw_plan d)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, column = blockIdx.y, pixel = d.at->row * d.width + column;
    if (i >= d.request->n || !d.request->has_keep || !d.keep[pixel]) return;
    for (int c = 0; c < d.colours; ++c) put(d, i, c, column, *value_of(d, i, c, pixel));
}

void put_given_gpu(const draw_plan *d, cudaStream_t stream)
{
    enum { THREADS = 64 };
    draw_plan of = *d;
    dim3 grid((d->lanes + THREADS - 1) / THREADS, d->width);
    put_given_kernel<<<grid, THREADS, 0, stream>>>(of);
    LAUNCH_OK();
}

static __device__ float logit_of(const draw_plan &d, const draw_request &w, int i, int l)
{
    const float *x = d.logits.x + (size_t)(d.colour * d.levels + l) * d.logits.channel;
    return w.guided ? guided_logit(w.guidance, x[i], x[w.n + i]) : x[i];
}

enum { NO_LEVEL = -1, NONFINITE = -2 };

/* The likeliest level, the first of equals, and its logit; NONFINITE if one of those compared was NaN or
   infinite. */
typedef struct {
    float logit;
    int level;
} likeliest;

static __device__ likeliest likelier(likeliest a, likeliest b)
{
    if (a.level == NONFINITE) return a;
    if (b.level == NONFINITE) return b;
    if (b.level < 0 || (a.level >= 0 && (a.logit > b.logit || (a.logit == b.logit && a.level < b.level)))) return a;
    return b;
}

/* Called by one thread: draws the value of image i, given its shares. */
static __device__ void draw_value(const draw_plan &d, const draw_request &w, int i, int position, const float *share,
                                  likeliest top)
{
    double sum, u = random_unit(w.seed, STREAM_SAMPLE, w.first + i, position);
    int q = top.level, pixel = position / d.colours;
    if (top.level == NONFINITE) {
        d.nll[i] = NAN;
        q = 0;
    } else if (!is_greedy(w.temperature)) {
        q = level_of_shares(share, IMAGES, d.levels, top.level, u, &sum);
        d.nll[i] += nats_of_level(logit_of(d, w, i, q), top.logit, w.temperature, sum);
    }
    *value_of(d, i, d.colour, pixel) = q;
    put(d, i, d.colour, pixel % d.width, q);
}

static __global__ void __launch_bounds__(IMAGES *SHARERS) draw_kernel(draw_plan d)
{
    __shared__ float share[MOST_LEVELS][IMAGES];
    __shared__ likeliest best[SHARERS][IMAGES];
    draw_request w = *d.request;
    int x = threadIdx.x, i = blockIdx.x * IMAGES + x, position = d.at->value - 1;
    int wanted = i < w.n && !(w.has_keep && d.keep[position / d.colours]);
    likeliest top = {0, NO_LEVEL};
    for (int l = threadIdx.y; wanted && l < d.levels; l += SHARERS) {
        likeliest here = {logit_of(d, w, i, l), l};
        if (!(fabsf(here.logit) <= FLT_MAX)) here.level = NONFINITE;
        share[l][x] = here.logit;
        top = likelier(top, here);
    }
    best[threadIdx.y][x] = top;
    __syncthreads();
    for (int k = 0; k < SHARERS; ++k) top = likelier(top, best[k][x]);
    for (int l = threadIdx.y; wanted && !is_greedy(w.temperature) && l < d.levels; l += SHARERS)
        share[l][x] = exp_vector(HAS_FMA, share_exponent(share[l][x], top.logit, w.temperature));
    __syncthreads();
    if (wanted && threadIdx.y == 0) draw_value(d, w, i, position, &share[0][x], top);
    if (d.colour == d.colours - 1 && blockIdx.x + x + threadIdx.y == 0) // no thread of this kernel reads it
        d.at->column = position / d.colours % d.width + 1;
}

void draw_value_gpu(const draw_plan *d, int colour, cudaStream_t stream)
{
    draw_plan of = *d;
    of.colour = colour;
    draw_kernel<<<(d->lanes + IMAGES - 1) / IMAGES, dim3(IMAGES, SHARERS), 0, stream>>>(of);
    LAUNCH_OK();
}
