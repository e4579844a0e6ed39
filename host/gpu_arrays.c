/*
gpu_arrays.c - device memory for Darknet's layers. Replaces check_error, cuda_set_device, cuda_make_array,
cuda_make_int_array and cuda_free of Darknet's cuda.c, in GPU builds.

The host's check_error ends in an assertion, on an error of an earlier call too, and its layers' constructors take device
memory whether a device is in use or not. Ours dies with one line, and with gpu_index < 0 (-nogpu) there is no device:
arrays are NULL. Called by every stock layer.
*/
#include "errors.h"
#include "gpu_calls.h"

static const char *words_for(cudaError_t status)
{
    return status == cudaErrorMemoryAllocation ? "out of device memory; use a smaller batch or network, or -nogpu"
                                               : cudaGetErrorString(status);
}

void check_error(cudaError_t status)
{
    cudaError_t before = cudaGetLastError();
    if (status == cudaSuccess) status = before;
    if (status != cudaSuccess) die("CUDA: %s (%s)", words_for(status), cudaGetErrorName(status));
}

void cuda_set_device(int n)
{
    gpu_index = n;
    if (n >= 0) check_error(cudaSetDevice(n));
}

float *cuda_make_array(float *x, size_t n)
{
    if (gpu_index < 0) return 0;
    float *array = gpu_floats(n);
    if (x) gpu_push(array, x, n);
    return array;
}

int *cuda_make_int_array(int *x, size_t n)
{
    if (gpu_index < 0) return 0;
    int *array = gpu_bytes(n * sizeof(int));
    if (x) check_error(cudaMemcpy(array, x, n * sizeof(int), cudaMemcpyHostToDevice));
    return array;
}

void cuda_free(float *x) { gpu_free(x); }
