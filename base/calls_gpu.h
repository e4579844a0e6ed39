/*
calls_gpu.h - calls of CUDA, cuBLAS and cuDNN that end in one line on stderr and exit status 1 when they fail, and
device memory.
*/
#ifndef CALLS_GPU_H
#define CALLS_GPU_H
#include <stddef.h>
#include "darknet.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CUDA_OK(call) check_cuda((call), #call, __FILE__, __LINE__)
#define BLAS_OK(call) check_blas((call), #call, __FILE__, __LINE__)
void check_cuda(cudaError_t status, const char *call, const char *file, int line);
void check_blas(cublasStatus_t status, const char *call, const char *file, int line);
#ifdef CUDNN
#define CUDNN_OK(call) check_cudnn((call), #call, __FILE__, __LINE__)
void check_cudnn(cudnnStatus_t status, const char *call, const char *file, int line);
#endif
/* Darknet's, one a device. Its header has the name of one of the toolkit's. */
cublasHandle_t blas_handle(void);
#ifdef CUDNN
cudnnHandle_t cudnn_handle(void);
#endif

/* After a kernel's launch. */
#define LAUNCH_OK() check_cuda(cudaGetLastError(), "launch", __FILE__, __LINE__)

/* n floats of the current device, zero. Out of memory: says how much was wanted and is free. Free with free_gpu, which
   takes NULL. */
float *floats_gpu(size_t n);
void *bytes_gpu(size_t n);
void free_gpu(void *p);

/* n floats = 0, after what was launched before. */
void zero_gpu(float *x, size_t n);
/* Copies of n floats, finished on return. */
void push_gpu(float *device, const float *host, size_t n);
void pull_gpu(const float *device, float *host, size_t n);

/* The next n floats of a workspace, which moves behind them; on a 256-byte boundary. */
float *take_gpu(float **workspace, size_t n);
static inline size_t aligned_gpu(size_t n) { return (n + 63) / 64 * 64; }

#ifdef __cplusplus
}
#endif
#endif
