/* A block copies one row of one source. */
#include "base/calls_gpu.h"
#include "layers/math/blocks.cuh"
#include "layers/skip_sum_kernels.h"

enum { JOIN_THREADS = 2 * WARP };

__global__ void join_weights_kernel(const skip_columns *from, int width, float *to)
{
    skip_columns s = from[blockIdx.y];
    const float *row = s.w + (size_t)blockIdx.x * s.columns;
    to += (size_t)blockIdx.x * width + s.at;
    for (int k = threadIdx.x; k < s.columns; k += blockDim.x) to[k] = row[k];
}

void join_weights_gpu(int n, const skip_columns *from, int rows, int width, float *to)
{
    join_weights_kernel<<<dim3(rows, n), JOIN_THREADS>>>(from, width, to);
    LAUNCH_OK();
}
