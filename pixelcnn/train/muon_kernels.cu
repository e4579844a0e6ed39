/*
muon_kernels.cu - Muon on the device except for its products. See muon_kernels.h. CPU twin: muon.c.

A block works on one matrix: its norm is a sum over the block, in a fixed order.
*/
#include "base/calls_gpu.h"
#include "layers/math/blocks.cuh"
#include "pixelcnn/train/muon.h"
#include "pixelcnn/train/muon_kernels.h"

static __device__ int place_of(const muon_pass &t, int k)
{
    return t.rows <= t.columns ? k : k % t.columns * t.rows + k / t.columns;
}

__global__ void take_gradients_kernel(muon_pass t)
{
    __shared__ double buffer[MOST_WARPS];
    __shared__ float by;
    if (!t.verdict->finite) return;
    muon_matrix a = t.matrices[blockIdx.x];
    int n = t.rows * t.columns;
    float *m = t.m + a.at, *x = t.x + (size_t)blockIdx.x * n;
    double squares = 0;
    for (int k = threadIdx.x; k < n; k += blockDim.x) {
        float g = t.verdict->scale * a.update[k];
        m[k] = t.momentum * m[k] + g;
        float u = g + t.momentum * m[k];
        x[place_of(t, k)] = u;
        squares += (double)u * u;
    }
    squares = block_sum(squares, buffer);
    if (threadIdx.x == 0) by = 1 / (sqrt(squares) + MUON_FLOOR);
    __syncthreads();
    for (int k = threadIdx.x; k < n; k += blockDim.x) x[place_of(t, k)] *= by;
}

__global__ void polynomial_kernel(int n, int r, const float *gram, float *p)
{
    int k = blockIdx.x * blockDim.x + threadIdx.x;
    if (k >= n * r * r) return;
    int row = k / r % r, column = k % r;
    p[k] = MUON_C * p[k] + MUON_B * gram[k] + (row == column ? MUON_A : 0);
}

__global__ void muon_step_kernel(muon_pass t)
{
    if (!t.verdict->finite) return;
    muon_matrix a = t.matrices[blockIdx.y];
    int k = blockIdx.x * blockDim.x + threadIdx.x, n = t.rows * t.columns;
    if (k >= n) return;
    float x = a.allowed && !a.allowed[k] ? 0 : t.length * t.x[(size_t)blockIdx.y * n + place_of(t, k)];
    float w = a.w[k];
    w -= t.rate * (x + t.decay * w);
    a.w[k] = w;
    a.update[k] = 0;
    if (t.average) t.average[a.at + k] = move_average(t.keep, t.average[a.at + k], w);
}

void muon_gradients_gpu(const muon_pass *t)
{
    take_gradients_kernel<<<t->n, THREADS>>>(*t);
    LAUNCH_OK();
}

void muon_polynomial_gpu(int n, int r, const float *gram, float *p)
{
    polynomial_kernel<<<(n * r * r + THREADS - 1) / THREADS, THREADS>>>(n, r, gram, p);
    LAUNCH_OK();
}

void muon_step_gpu(const muon_pass *t)
{
    int blocks = (t->rows * t->columns + THREADS - 1) / THREADS;
    muon_step_kernel<<<dim3(blocks, t->n), THREADS>>>(*t);
    LAUNCH_OK();
}
