/*
calls_gpu.c - what the device said, in words; device memory. See calls_gpu.h.
*/
#include "base/calls_gpu.h"
#include "base/errors.h"
#include "base/math_gpu.h"

gpu_math_options gpu_math;

void check_cuda(cudaError_t status, const char *call, const char *file, int line)
{
    if (status == cudaSuccess) return;
    die("%s:%d: %s: %s (%s)", file, line, call, cudaGetErrorString(status), cudaGetErrorName(status));
}

void check_blas(cublasStatus_t status, const char *call, const char *file, int line)
{
    if (status == CUBLAS_STATUS_SUCCESS) return;
    die("%s:%d: %s: cuBLAS status %d", file, line, call, (int)status);
}

#ifdef CUDNN
void check_cudnn(cudnnStatus_t status, const char *call, const char *file, int line)
{
    if (status == CUDNN_STATUS_SUCCESS) return;
    die("%s:%d: %s: %s", file, line, call, cudnnGetErrorString(status));
}
#endif

void *bytes_gpu(size_t n)
{
    void *p = 0;
    cudaError_t status = cudaMalloc(&p, n ? n : 1);
    if (status == cudaErrorMemoryAllocation) {
        size_t left = 0, all = 0;
        cudaMemGetInfo(&left, &all);
        die("out of device memory: %zu bytes wanted, %zu of %zu are free; use a smaller batch or network, or -nogpu", n,
            left, all);
    }
    CUDA_OK(status);
    CUDA_OK(cudaMemset(p, 0, n ? n : 1));
    return p;
}

float *floats_gpu(size_t n) { return bytes_gpu(n * sizeof(float)); }

void free_gpu(void *p)
{
    if (p) CUDA_OK(cudaFree(p));
}

void zero_gpu(float *x, size_t n) { CUDA_OK(cudaMemsetAsync(x, 0, n * sizeof(float), 0)); }

void push_gpu(float *device, const float *host, size_t n)
{
    CUDA_OK(cudaMemcpy(device, host, n * sizeof(float), cudaMemcpyHostToDevice));
}

void pull_gpu(const float *device, float *host, size_t n)
{
    CUDA_OK(cudaMemcpy(host, device, n * sizeof(float), cudaMemcpyDeviceToHost));
}

float *take_gpu(float **workspace, size_t n)
{
    float *p = *workspace;
    *workspace += aligned_gpu(n);
    return p;
}
