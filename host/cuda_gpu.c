/*
cuda_gpu.c - device memory for stock layers, and their error messages. Replaces check_error, cuda_set_device,
cuda_make_array, cuda_make_int_array and cuda_free of Darknet's cuda.c.

Darknet's layers allocate device memory even in a net on the CPU (gpu_index < 0, -nogpu), and end in an
assertion where there is no device. Ours return NULL then, which all of the layers accept, so that a program
built with GPU=1 runs without a device. A failure is one line and exit status 1. Called by every stock layer.
*/
#include "base/calls_gpu.h"
#include "base/errors.h"

// Darknet declares these in its cuda.h, a name that the toolkit's headers have too.
int *cuda_make_int_array(int *x, size_t n);
void check_error(cudaError_t status);

float *cuda_make_array(float *x, size_t n)
{
    float *device = device_floats(n);
    if (device && x) push_gpu(device, x, n);
    return device;
}

int *cuda_make_int_array(int *x, size_t n)
{
    int *device = device_bytes(n * sizeof(int));
    if (device && x) push_bytes_gpu(device, x, n * sizeof(int));
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
