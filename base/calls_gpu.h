/*
calls_gpu.h - calls to CUDA, cuBLAS and cuDNN; one that fails ends in one line on stderr and exit status 1.
*/
#pragma once
#include "base/memory_gpu.h"
#include "darknet.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CUDA_OK(call) check_cuda((call), #call, __FILE__, __LINE__)
#define BLAS_OK(call) check_blas((call), #call, __FILE__, __LINE__)
void check_cuda(cudaError_t status, const char *call, const char *file, int line);
void check_blas(cublasStatus_t status, const char *call, const char *file, int line);

/* After a kernel's launch. */
#define LAUNCH_OK() check_launch(cudaGetLastError(), __FILE__, __LINE__)
void check_launch(cudaError_t status, const char *file, int line);
/* Between these two calls, a launch that fails on this thread does not end the program: for capturing a
   stream, since what cannot be captured can still be launched. release_launch_errors returns the first
   failure, or cudaSuccess. */
void hold_launch_errors(void);
cudaError_t release_launch_errors(void);

/* Darknet's handles, one per device. Darknet declares them in its cuda.h, but the toolkit has a header of
   that name too. */
cublasHandle_t blas_handle(void);
#ifdef CUDNN
cudnnHandle_t cudnn_handle(void);
#define CUDNN_OK(call) check_cudnn((call), #call, __FILE__, __LINE__)
void check_cudnn(cudnnStatus_t status, const char *call, const char *file, int line);
#endif

#ifdef __cplusplus
}
#endif
