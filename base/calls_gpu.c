#include "base/calls_gpu.h"
#include "base/errors.h"

/* An error in a kernel is reported by whatever call comes next. */
#define EARLIER "; an earlier kernel may be the cause (CUDA_LAUNCH_BLOCKING=1 shows which)"

static int is_of_a_kernel(cudaError_t status)
{
    return status == cudaErrorIllegalAddress || status == cudaErrorAssert || status == cudaErrorMisalignedAddress ||
           status == cudaErrorIllegalInstruction || status == cudaErrorLaunchFailure;
}

void check_cuda(cudaError_t status, const char *call, const char *file, int line)
{
    if (status == cudaSuccess) return;
    die("%s:%d: %s: %s (%s)%s", file, line, call, cudaGetErrorString(status), cudaGetErrorName(status),
        is_of_a_kernel(status) ? EARLIER : "");
}

static _Thread_local struct {
    int held;
    cudaError_t first;
} launches;

void check_launch(cudaError_t status, const char *file, int line)
{
    if (status == cudaSuccess) return;
    if (!launches.held)
        die("%s:%d: launch: %s (%s)" EARLIER, file, line, cudaGetErrorString(status), cudaGetErrorName(status));
    if (launches.first == cudaSuccess) launches.first = status;
}

void hold_launch_errors(void)
{
    launches.held = 1;
    launches.first = cudaSuccess;
}

cudaError_t release_launch_errors(void)
{
    launches.held = 0;
    return launches.first;
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
