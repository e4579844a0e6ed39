#include "base/calls_gpu.h"
#include "base/errors.h"
#include "base/memory_gpu.h"

void *bytes_gpu(size_t n)
{
    void *p = 0;
    cudaError_t status = cudaMalloc(&p, n ? n : 1);
    if (status == cudaErrorMemoryAllocation) {
        size_t left = 0, all = 0;
        cudaMemGetInfo(&left, &all);
        die("out of device memory: %zu bytes needed, %zu of %zu are free; use a smaller batch or network, or -nogpu", n,
            left, all);
    }
    CUDA_OK(status);
    CUDA_OK(cudaMemset(p, 0, n ? n : 1));
    return p;
}

float *floats_gpu(size_t n) { return bytes_gpu(n * sizeof(float)); }

void *device_bytes(size_t n) { return gpu_index >= 0 ? bytes_gpu(n) : 0; }
float *device_floats(size_t n) { return device_bytes(n * sizeof(float)); }

void free_gpu(void *p)
{
    if (p) CUDA_OK(cudaFree(p));
}

void zero_gpu(float *x, size_t n) { CUDA_OK(cudaMemsetAsync(x, 0, n * sizeof(float), 0)); }

void push_bytes_gpu(void *device, const void *host, size_t n)
{
    CUDA_OK(cudaMemcpy(device, host, n, cudaMemcpyHostToDevice));
}

void pull_bytes_gpu(const void *device, void *host, size_t n)
{
    CUDA_OK(cudaMemcpy(host, device, n, cudaMemcpyDeviceToHost));
}

void push_gpu(float *device, const float *host, size_t n) { push_bytes_gpu(device, host, n * sizeof(float)); }
void pull_gpu(const float *device, float *host, size_t n) { pull_bytes_gpu(device, host, n * sizeof(float)); }

void transfer_gpu(direction_gpu way, float *device, float *host, size_t n)
{
    if (way == PUSH_GPU)
        push_gpu(device, host, n);
    else
        pull_gpu(device, host, n);
}

float *arena_floats(arena_gpu *a, size_t n)
{
    float *p = a->base ? a->base + a->floats : 0;
    a->floats += aligned_gpu(n);
    return p;
}

void open_arena(arena_gpu *a)
{
    a->base = floats_gpu(a->floats);
    a->floats = 0;
}

size_t free_memory_gpu(void)
{
    size_t left = 0, all = 0;
    CUDA_OK(cudaMemGetInfo(&left, &all));
    return left;
}

float *take_gpu(float **workspace, size_t n)
{
    float *p = *workspace;
    *workspace += aligned_gpu(n);
    return p;
}
