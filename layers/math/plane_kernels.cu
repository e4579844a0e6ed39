/*
plane_kernels.cu - passes over features on the device. See plane_kernels.h.

A block works on one plane, a channel of an image, and so has one bias and owns the sums.
*/
#include "base/calls_gpu.h"
#include "layers/math/blocks.cuh"
#include "layers/math/plane_kernels.h"
#include "layers/math/planes_gpu.h"

/* Where the block's plane starts. */
static __device__ size_t plane_at(plane_shape s, plane_steps step)
{
    return blockIdx.x / s.channels * step.image + blockIdx.x % s.channels * step.plane;
}

__global__ void add_bias_kernel(plane_shape s, plane_steps step, const float *bias, int rectify, float *y)
{
    size_t at = plane_at(s, step);
    float b = bias[blockIdx.x % s.channels];
    for (int k = threadIdx.x; k < s.pixels; k += blockDim.x) {
        float v = y[at + k] + b;
        y[at + k] = rectify && v < 0 ? 0 : v; // NaN stays NaN
    }
}

__global__ void sum_planes_kernel(plane_shape s, plane_steps step, const float *dy, float *sums)
{
    __shared__ float buffer[MOST_WARPS];
    size_t at = plane_at(s, step);
    float sum = 0;
    for (int k = threadIdx.x; k < s.pixels; k += blockDim.x) sum += dy[at + k];
    sum = block_sum(sum, buffer);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

__global__ void rectify_backward_kernel(plane_shape s, plane_steps step, const float *y, float *delta, float *sums)
{
    __shared__ float buffer[MOST_WARPS];
    size_t at = plane_at(s, step);
    float sum = 0;
    for (int k = threadIdx.x; k < s.pixels; k += blockDim.x) {
        float d = y[at + k] > 0 ? delta[at + k] : 0;
        delta[at + k] = d;
        sum += d;
    }
    sum = block_sum(sum, buffer);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

__global__ void copy_rows_kernel(int n, const float *from, size_t from_step, int add, float *to, size_t to_step)
{
    from += blockIdx.x * from_step;
    to += blockIdx.x * to_step;
    for (int k = threadIdx.x; k < n; k += blockDim.x) to[k] = add ? to[k] + from[k] : from[k];
}

__global__ void add_into_kernel(size_t n, const float *x, float *y)
{
    size_t k = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (k < n) y[k] += x[k];
}

static int blocks_for(size_t n) { return (n + THREADS - 1) / THREADS; }
static plane_steps steps_of(plane_shape s) { return our_steps(s.batch, s.channels, s.pixels); }

void add_plane_bias_gpu(plane_shape s, const float *bias, int rectify, float *y)
{
    add_bias_kernel<<<s.batch * s.channels, threads_for(s.pixels)>>>(s, steps_of(s), bias, rectify, y);
    LAUNCH_OK();
}

void rectify_backward_gpu(plane_shape s, const float *y, float *delta, float *sums)
{
    rectify_backward_kernel<<<s.batch * s.channels, threads_for(s.pixels)>>>(s, steps_of(s), y, delta, sums);
    LAUNCH_OK();
}

void sum_planes_gpu(plane_shape s, const float *dy, float *sums)
{
    sum_planes_kernel<<<s.batch * s.channels, threads_for(s.pixels)>>>(s, steps_of(s), dy, sums);
    LAUNCH_OK();
}

void add_into_gpu(size_t n, const float *x, float *y)
{
    add_into_kernel<<<blocks_for(n), THREADS>>>(n, x, y);
    LAUNCH_OK();
}

void copy_rows_gpu(int rows, int n, const float *from, size_t from_step, float *to, size_t to_step)
{
    copy_rows_kernel<<<rows, threads_for(n)>>>(n, from, from_step, 0, to, to_step);
    LAUNCH_OK();
}

void add_rows_gpu(int rows, int n, const float *from, size_t from_step, float *to, size_t to_step)
{
    copy_rows_kernel<<<rows, threads_for(n)>>>(n, from, from_step, 1, to, to_step);
    LAUNCH_OK();
}
