/*
conv_kernels.cu - convolutions as products: gathering taps and scattering to them. See conv_kernels.h.

A block works on one plane, so that threads differ in the pixel only. The thread that owns a value sums what
several taps add to it: no atomics, a fixed order.
*/
#include "base/calls_gpu.h"
#include "layers/math/blocks.cuh"
#include "layers/math/conv_kernels.h"

__global__ void gather_taps_kernel(taps_gpu t, planes_gpu x, planes_gpu columns)
{
    int taps = t.kh * t.kw, rows = t.c * taps, plane = t.h * t.w;
    int row = blockIdx.x % rows, image = blockIdx.x / rows;
    int channel = row / taps, i = row % taps / t.kw, j = row % t.kw;
    const float *from = x.x + image * x.step.image + channel * x.step.plane;
    float *to = columns.x + image * columns.step.image + row * columns.step.plane;
    for (int k = threadIdx.x; k < plane; k += blockDim.x) {
        int r = k / t.w - t.top + i * t.d, s = k % t.w - t.left + j * t.d;
        to[k] = r >= 0 && r < t.h && s >= 0 && s < t.w ? from[r * t.w + s] : 0;
    }
}

__global__ void scatter_taps_kernel(taps_gpu t, planes_gpu columns, int add, planes_gpu x)
{
    int image = blockIdx.x / t.c, channel = blockIdx.x % t.c, plane = t.h * t.w;
    const float *from = columns.x + image * columns.step.image + (size_t)channel * t.kh * t.kw * columns.step.plane;
    float *to = x.x + image * x.step.image + channel * x.step.plane;
    for (int k = threadIdx.x; k < plane; k += blockDim.x) {
        float sum = 0;
        for (int i = 0; i < t.kh; ++i) {
            int r = k / t.w + t.top - i * t.d;
            if (r < 0 || r >= t.h) continue;
            for (int j = 0; j < t.kw; ++j) {
                int s = k % t.w + t.left - j * t.d;
                if (s >= 0 && s < t.w) sum += from[(i * t.kw + j) * columns.step.plane + r * t.w + s];
            }
        }
        to[k] = add ? to[k] + sum : sum;
    }
}

__global__ void add_images_kernel(int n, size_t size, const float *parts, const unsigned char *allowed, float *dw)
{
    size_t k = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (k >= size || (allowed && !allowed[k])) return;
    float sum = 0;
    for (int i = 0; i < n; ++i) sum += parts[i * size + k];
    dw[k] += sum;
}

void gather_taps_gpu(taps_gpu t, int n, planes_gpu x, planes_gpu columns)
{
    gather_taps_kernel<<<n * t.c * t.kh * t.kw, threads_for(t.h * t.w)>>>(t, x, columns);
    LAUNCH_OK();
}

void scatter_taps_gpu(taps_gpu t, int n, planes_gpu columns, int add, planes_gpu x)
{
    scatter_taps_kernel<<<n * t.c, threads_for(t.h * t.w)>>>(t, columns, add, x);
    LAUNCH_OK();
}

void add_images_gpu(int n, size_t size, const float *parts, const unsigned char *allowed, float *dw)
{
    add_images_kernel<<<(size + THREADS - 1) / THREADS, THREADS>>>(n, size, parts, allowed, dw);
    LAUNCH_OK();
}
