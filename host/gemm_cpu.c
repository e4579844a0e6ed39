/*
gemm_cpu.c - matrix products on the CPU. Replaces gemm_cpu of Darknet's gemm.c, whose loops reach a tenth of
the machine's speed. Called through gemm by convolutional, connected and local layers, directly by
deconvolutional ones.

By oneDNN, or where ONEDNN=0 by our own kernel, in the order of sums that layers/math/matrix_product.h states.
oneDNN chooses its kernel by CPU features; OpenBLAS of Debian 12 chooses by model number and falls back to SSE
on CPUs that it does not know. Inside an OpenMP region each call runs on the calling thread. This is the only
place that names a BLAS.
*/
#include "gemm.h"
#ifdef ONEDNN
#include <dnnl.h>
#include "base/errors.h"

/* C = ALPHA * op(A) * op(B) + BETA * C, row-major, C (M,N); BETA 0: C is not read. */
void gemm_cpu(int TA, int TB, int M, int N, int K, float ALPHA, float *A, int lda, float *B, int ldb, float BETA,
              float *C, int ldc)
{
    dnnl_status_t s = dnnl_sgemm(TA ? 'T' : 'N', TB ? 'T' : 'N', M, N, K, ALPHA, A, lda, B, ldb, BETA, C, ldc);
    if (s != dnnl_success)
        die("dnnl_sgemm failed with status %d for M=%d N=%d K=%d lda=%d ldb=%d ldc=%d", s, M, N, K, lda, ldb, ldc);
}
#else
#include "layers/math/matrix_product.h"

void gemm_cpu(int TA, int TB, int M, int N, int K, float ALPHA, float *A, int lda, float *B, int ldb, float BETA,
              float *C, int ldc)
{
    multiply_matrices_threaded(&(matrix_product){TA, TB, M, N, K, ALPHA, A, lda, B, ldb, BETA, C, ldc});
}
#endif
