/*
ordered_kernels.h - small products on the device, each output one chain of sums in the order of k. Launcher of
ordered_kernels.cu.

For matrices with one row per image: cuBLAS chooses its kernel, and with it the order of an image's sums, by
the number of rows, so that -batch would change the last digits.
*/
#pragma once
#include "layers/math/blas_gpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As multiply_gpu with a batch of 1. */
void multiply_in_order_gpu(const gemm_batch *t);

#ifdef __cplusplus
}
#endif
