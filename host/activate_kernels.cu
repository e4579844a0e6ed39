/*
activate_kernels.cu - an array through an activation, on the device. Replaces activate_array_gpu of Darknet's
activation_kernels.cu. Called by every layer with an activation, ours and Darknet's. CPU twin: activate.c.
*/
#include "base/calls_gpu.h"
#include "layers/activation_math.h"
#include "layers/math/blocks.cuh"
extern "C" {
#include "activations.h"
}

__global__ void activate_kernel(float *x, size_t n, ACTIVATION a)
{
    size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) x[i] = activation_of(x[i], a);
}

extern "C" void activate_array_gpu(float *x, int n, ACTIVATION a)
{
    if (n <= 0) return;
    activate_kernel<<<((size_t)n + THREADS - 1) / THREADS, THREADS>>>(x, n, a);
    LAUNCH_OK();
}
