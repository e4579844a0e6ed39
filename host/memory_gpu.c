/*
memory_gpu.c - memory of the device for stock layers, and what they say when it fails. Replaces check_error,
cuda_set_device, cuda_make_array, cuda_make_int_array and cuda_free of Darknet's cuda.c.

The host's layers ask for device memory even in a net that runs on the CPU (gpu_index < 0, -nogpu), and end in an
assertion where there is no device. Ours give them none then, which all of them take, so that a program built with GPU=1
runs without one. A failure is one line and exit status 1. Called by every stock layer.
*/
#include "base/calls_gpu.h"
#include "base/errors.h"

float *cuda_make_array(float *x, size_t n)
{
    if (gpu_index < 0) return 0;
    float *device = floats_gpu(n);
    if (x) push_gpu(device, x, n);
    return device;
}

int *cuda_make_int_array(int *x, size_t n)
{
    if (gpu_index < 0) return 0;
    int *device = bytes_gpu(n * sizeof(int));
    if (x) CUDA_OK(cudaMemcpy(device, x, n * sizeof(int), cudaMemcpyHostToDevice));
    return device;
}

void cuda_free(float *x) { free_gpu(x); }

void cuda_set_device(int n)
{
    gpu_index = n;
    if (n >= 0) CUDA_OK(cudaSetDevice(n));
}

void check_error(cudaError_t status)
{
    cudaError_t before = cudaGetLastError();
    if (status == cudaSuccess) status = before;
    if (status == cudaErrorMemoryAllocation) die("out of device memory; use a smaller batch or network, or -nogpu");
    if (status != cudaSuccess)
        die("CUDA, in a stock layer: %s (%s)", cudaGetErrorString(status), cudaGetErrorName(status));
}
