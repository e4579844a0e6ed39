/*
cudnn.h - of the emulator: the part of cuDNN 9 that this project and Darknet use. Tensors are NCHW floats without gaps; of NHWC only
the search for algorithms is there.
*/
#pragma once
#include "cuda_runtime.h"

#define CUDNN_MAJOR 9
#define CUDNN_MINOR 0
#define CUDNN_PATCHLEVEL 0
#define CUDNN_VERSION 90000
#define CUDNN_BN_MIN_EPSILON 0.0

typedef enum {
    CUDNN_STATUS_SUCCESS = 0,
    CUDNN_STATUS_NOT_INITIALIZED = 1001,
    CUDNN_STATUS_BAD_PARAM = 2000,
    CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH = 2008,
    CUDNN_STATUS_NOT_SUPPORTED = 3000,
    CUDNN_STATUS_EXECUTION_FAILED = 5000
} cudnnStatus_t;
typedef enum { CUDNN_DATA_FLOAT = 0 } cudnnDataType_t;
typedef enum { CUDNN_TENSOR_NCHW = 0, CUDNN_TENSOR_NHWC = 1 } cudnnTensorFormat_t;
typedef enum {
    CUDNN_DEFAULT_MATH = 0,
    CUDNN_TENSOR_OP_MATH = 1,
    CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION = 2,
    CUDNN_FMA_MATH = 3
} cudnnMathType_t;
typedef enum { CUDNN_NON_DETERMINISTIC = 0, CUDNN_DETERMINISTIC = 1 } cudnnDeterminism_t;
typedef enum { CUDNN_CONVOLUTION = 0, CUDNN_CROSS_CORRELATION = 1 } cudnnConvolutionMode_t;
typedef enum { CUDNN_BATCHNORM_PER_ACTIVATION = 0, CUDNN_BATCHNORM_SPATIAL = 1 } cudnnBatchNormMode_t;
typedef enum {
    CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
    CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM,
    CUDNN_CONVOLUTION_FWD_ALGO_GEMM,
    CUDNN_CONVOLUTION_FWD_ALGO_DIRECT,
    CUDNN_CONVOLUTION_FWD_ALGO_FFT,
    CUDNN_CONVOLUTION_FWD_ALGO_FFT_TILING,
    CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD,
    CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED,
    CUDNN_CONVOLUTION_FWD_ALGO_COUNT
} cudnnConvolutionFwdAlgo_t;
typedef enum {
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0,
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1,
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT,
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3,
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD,
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD_NONFUSED,
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT_TILING,
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT
} cudnnConvolutionBwdFilterAlgo_t;
typedef enum {
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_0,
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_1,
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT,
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT_TILING,
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD,
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD_NONFUSED,
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT
} cudnnConvolutionBwdDataAlgo_t;

typedef struct cuemu_cudnn *cudnnHandle_t;
typedef struct cuemu_tensor *cudnnTensorDescriptor_t;
typedef struct cuemu_filter *cudnnFilterDescriptor_t;
typedef struct cuemu_convolution *cudnnConvolutionDescriptor_t;

#define CUEMU_ALGO_PERF(NAME)                                                                                          \
    typedef struct {                                                                                                   \
        NAME##_t algo;                                                                                                 \
        cudnnStatus_t status;                                                                                          \
        float time;                                                                                                    \
        size_t memory;                                                                                                 \
        cudnnDeterminism_t determinism;                                                                                \
        cudnnMathType_t mathType;                                                                                      \
        int reserved[3];                                                                                               \
    } NAME##Perf_t;
CUEMU_ALGO_PERF(cudnnConvolutionFwdAlgo)
CUEMU_ALGO_PERF(cudnnConvolutionBwdFilterAlgo)
CUEMU_ALGO_PERF(cudnnConvolutionBwdDataAlgo)

#ifdef __cplusplus
extern "C" {
#endif
size_t cudnnGetVersion(void);
const char *cudnnGetErrorString(cudnnStatus_t status);
cudnnStatus_t cudnnCreate(cudnnHandle_t *handle);
cudnnStatus_t cudnnDestroy(cudnnHandle_t handle);
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream);

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t *t);
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t t);
cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t t, cudnnTensorFormat_t format, cudnnDataType_t type,
                                         int n, int c, int h, int w);
cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t *f);
cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t f);
cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t f, cudnnDataType_t type, cudnnTensorFormat_t format,
                                         int k, int c, int h, int w);
cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t *c);
cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t c);
cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t c, int pad_h, int pad_w, int stride_h,
                                              int stride_w, int dilation_h, int dilation_w, cudnnConvolutionMode_t mode,
                                              cudnnDataType_t compute);
cudnnStatus_t cudnnSetConvolutionGroupCount(cudnnConvolutionDescriptor_t c, int groups);
cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t c, cudnnMathType_t math);
cudnnStatus_t cudnnGetConvolution2dForwardOutputDim(const cudnnConvolutionDescriptor_t c,
                                                    const cudnnTensorDescriptor_t x, const cudnnFilterDescriptor_t w,
                                                    int *n, int *channels, int *height, int *width);

/* For each of the three operations, whose operands are named A and B and whose result C: the query, the measurement, the
   size of the workspace, the operation itself: C = alpha * op(A, B) + beta * C; with beta == 0 C isn't read. */
#define CUEMU_CONVOLUTION(NAME, ALGO, A, B, C)                                                                         \
    cudnnStatus_t cudnnGetConvolution##NAME##AlgorithmMaxCount(cudnnHandle_t handle, int *count);                      \
    cudnnStatus_t cudnnGetConvolution##NAME##Algorithm_v7(cudnnHandle_t handle, const A a_shape, const B b_shape,      \
                                                          const cudnnConvolutionDescriptor_t conv, const C c_shape,    \
                                                          const int wanted, int *found, ALGO##Perf_t *results);        \
    cudnnStatus_t cudnnFindConvolution##NAME##AlgorithmEx(                                                             \
        cudnnHandle_t handle, const A a_shape, const void *a, const B b_shape, const void *b,                          \
        const cudnnConvolutionDescriptor_t conv, const C c_shape, void *c, const int wanted, int *found,               \
        ALGO##Perf_t *results, void *workspace, size_t bytes);                                                         \
    cudnnStatus_t cudnnGetConvolution##NAME##WorkspaceSize(cudnnHandle_t handle, const A a_shape, const B b_shape,     \
                                                           const cudnnConvolutionDescriptor_t conv, const C c_shape,   \
                                                           ALGO##_t algo, size_t *bytes);                              \
    cudnnStatus_t cudnnConvolution##NAME(cudnnHandle_t handle, const void *alpha, const A a_shape, const void *a,      \
                                         const B b_shape, const void *b, const cudnnConvolutionDescriptor_t conv,      \
                                         ALGO##_t algo, void *workspace, size_t bytes, const void *beta,               \
                                         const C c_shape, void *c);
CUEMU_CONVOLUTION(Forward, cudnnConvolutionFwdAlgo, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t,
                  cudnnTensorDescriptor_t)
CUEMU_CONVOLUTION(BackwardData, cudnnConvolutionBwdDataAlgo, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t,
                  cudnnTensorDescriptor_t)
CUEMU_CONVOLUTION(BackwardFilter, cudnnConvolutionBwdFilterAlgo, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t,
                  cudnnFilterDescriptor_t)

/* Spatial mode only. The running variance is fed the unbiased one, as by cuDNN; what is saved is 1 / sqrt(variance + eps). */
cudnnStatus_t cudnnBatchNormalizationForwardTraining(cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void *alpha,
                                                     const void *beta, const cudnnTensorDescriptor_t x_shape,
                                                     const void *x, const cudnnTensorDescriptor_t y_shape, void *y,
                                                     const cudnnTensorDescriptor_t scale_shape, const void *scale,
                                                     const void *bias, double factor, void *running_mean,
                                                     void *running_variance, double epsilon, void *saved_mean,
                                                     void *saved_inverse);
cudnnStatus_t cudnnBatchNormalizationBackward(cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void *alpha,
                                              const void *beta, const void *alpha_param, const void *beta_param,
                                              const cudnnTensorDescriptor_t x_shape, const void *x,
                                              const cudnnTensorDescriptor_t dy_shape, const void *dy,
                                              const cudnnTensorDescriptor_t dx_shape, void *dx,
                                              const cudnnTensorDescriptor_t scale_shape, const void *scale,
                                              void *dscale, void *dbias, double epsilon, const void *saved_mean,
                                              const void *saved_inverse);
#ifdef __cplusplus
}
#endif
