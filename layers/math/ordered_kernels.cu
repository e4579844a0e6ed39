/*
ordered_kernels.cu - small products on the device in a fixed order. See ordered_kernels.h.

A thread computes one output and its neighbours the next columns, which are adjacent in b and c.
*/
#include "base/calls_gpu.h"
#include "layers/math/blocks.cuh"
#include "layers/math/ordered_kernels.h"

__global__ void ordered_product_kernel(gemm_batch t)
{
    size_t at = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= (size_t)t.m * t.n) return;
    size_t row = at / t.n, column = at % t.n;
    const float *a = t.a + (t.ta ? row : row * t.lda), *b = t.b + (t.tb ? column * t.ldb : column);
    size_t a_step = t.ta ? t.lda : 1, b_step = t.tb ? 1 : t.ldb;
    float *c = t.c + row * t.ldc + column, sum = 0;
    for (int k = 0; k < t.k; ++k) sum += a[k * a_step] * b[k * b_step];
    *c = t.beta ? t.beta * *c + sum : sum;
}

void multiply_in_order_gpu(const gemm_batch *t)
{
    size_t outputs = (size_t)t->m * t->n;
    if (!outputs) return;
    ordered_product_kernel<<<(outputs + THREADS - 1) / THREADS, THREADS>>>(*t);
    LAUNCH_OK();
}
