#include "base/calls_gpu.h"
#include "base/errors.h"

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
