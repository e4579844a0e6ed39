/*
cudnn_compat.h - the seven names that Darknet's sources use and CUDA 13 and cuDNN 9 no longer have.

Included before each of Darknet's C files by -include, in GPU builds only. An algorithm query returns the
first algorithm, which cuDNN ranks fastest, that works within the memory limit; if there is none, it returns
an error and leaves *algo unchanged. Darknet ignores the status.
*/
#pragma once
#include <cuda_runtime_api.h>

#if CUDART_VERSION >= 13000
static inline cudaError_t cudaThreadSynchronize(void) { return cudaDeviceSynchronize(); }
#endif

#ifdef CUDNN
#include <cudnn.h>
#if CUDNN_MAJOR >= 8
/* Of the three queries each has had a preference argument; Darknet gives always this one. */
#define CUDNN_CONVOLUTION_FWD_SPECIFY_WORKSPACE_LIMIT 2
#define CUDNN_CONVOLUTION_BWD_DATA_SPECIFY_WORKSPACE_LIMIT 2
#define CUDNN_CONVOLUTION_BWD_FILTER_SPECIFY_WORKSPACE_LIMIT 2

/* NAME(handle, A, B, convolution, C, preference, limit, algo) over NAME_v7; the kinds differ in types
   only. */
#define CUDNN_ALGORITHM_QUERY(NAME, A, B, C, ALGO)                                                                     \
    static inline cudnnStatus_t NAME(cudnnHandle_t handle, A a, B b, cudnnConvolutionDescriptor_t convolution, C c,    \
                                     int preference, size_t limit, ALGO##_t *algo)                                     \
    {                                                                                                                  \
        enum { MOST = 16 };                                                                                            \
        ALGO##Perf_t found[MOST];                                                                                      \
        int n = 0;                                                                                                     \
        (void)preference;                                                                                              \
        cudnnStatus_t status = NAME##_v7(handle, a, b, convolution, c, MOST, &n, found);                               \
        if (status != CUDNN_STATUS_SUCCESS) return status;                                                             \
        for (int i = 0; i < n; ++i) {                                                                                  \
            if (found[i].status != CUDNN_STATUS_SUCCESS || found[i].memory > limit) continue;                          \
            *algo = found[i].algo;                                                                                     \
            return CUDNN_STATUS_SUCCESS;                                                                               \
        }                                                                                                              \
        return CUDNN_STATUS_NOT_SUPPORTED;                                                                             \
    }

CUDNN_ALGORITHM_QUERY(cudnnGetConvolutionForwardAlgorithm, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t,
                      cudnnTensorDescriptor_t, cudnnConvolutionFwdAlgo)
CUDNN_ALGORITHM_QUERY(cudnnGetConvolutionBackwardDataAlgorithm, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t,
                      cudnnTensorDescriptor_t, cudnnConvolutionBwdDataAlgo)
CUDNN_ALGORITHM_QUERY(cudnnGetConvolutionBackwardFilterAlgorithm, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t,
                      cudnnFilterDescriptor_t, cudnnConvolutionBwdFilterAlgo)
#endif
#endif
