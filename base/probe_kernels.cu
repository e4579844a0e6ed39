#include <cuda_runtime.h>
#include "base/probe_kernels.h"

static const int expected = 61902;

__global__ void write_number(int *x, int number) { *x = number; }

static cudaError_t write_and_read(int *x)
{
    int number = 0;
    write_number<<<1, 1>>>(x, expected);
    cudaError_t status = cudaGetLastError();
    if (status == cudaSuccess) status = cudaMemcpy(&number, x, sizeof number, cudaMemcpyDeviceToHost);
    if (status == cudaSuccess && number != expected) status = cudaErrorUnknown;
    return status;
}

cudaError_t probe_device(void)
{
    int *x = 0;
    cudaError_t status = cudaMalloc((void **)&x, sizeof *x);
    if (status != cudaSuccess) {
        cudaGetLastError(); // clears it for later calls
        return status;
    }
    status = write_and_read(x);
    cudaFree(x);
    return status;
}
