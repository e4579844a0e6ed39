/*
image_sum_kernels.cu - sums over the images of a batch on the device. See image_sums.h.

A block works on a chunk of one array; a thread owns a value and adds the parts in order: no atomics.
*/
#include "base/calls_gpu.h"
#include "layers/math/blocks.cuh"
#include "layers/math/image_sums.h"

__global__ void add_image_sums_kernel(const image_sum *chunks, int images)
{
    image_sum c = chunks[blockIdx.x];
    int n = c.nparts ? c.nparts : images;
    for (int k = c.from + threadIdx.x; k < c.end; k += blockDim.x) {
        if (c.allowed && !c.allowed[k]) continue;
        const float *part = c.parts + (size_t)(k / c.columns) * c.row + k % c.columns;
        float sum = 0;
        for (int b = 0; b < n; ++b) sum += part[b * c.step];
        c.update[k] += sum;
    }
}

void add_image_sums_gpu(int n, const image_sum *chunks, int images)
{
    if (!n) return;
    add_image_sums_kernel<<<n, THREADS>>>(chunks, images);
    LAUNCH_OK();
}
