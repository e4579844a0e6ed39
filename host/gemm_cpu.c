/*
gemm_cpu.c - matrix products on the CPU by oneDNN. Replaces gemm_cpu of Darknet's gemm.c.

Darknet's loops reach a tenth of the machine's speed. oneDNN chooses its kernel by CPU features; OpenBLAS of
Debian 12 chooses by model number and falls back to SSE on CPUs that it does not know. Called through gemm by
convolutional, connected and local layers, directly by deconvolutional ones, and by ours. Inside an OpenMP
region each call runs on the calling thread. This is the only place that names a BLAS.
*/
#include <dnnl.h>
#include "base/errors.h"
#include "gemm.h"

/* C = ALPHA * op(A) * op(B) + BETA * C, row-major, C (M,N); BETA 0: C is not read. */
void gemm_cpu(int TA, int TB, int M, int N, int K, float ALPHA, float *A, int lda, float *B, int ldb, float BETA,
              float *C, int ldc)
{
    dnnl_status_t s = dnnl_sgemm(TA ? 'T' : 'N', TB ? 'T' : 'N', M, N, K, ALPHA, A, lda, B, ldb, BETA, C, ldc);
    if (s != dnnl_success)
        die("dnnl_sgemm failed with status %d for M=%d N=%d K=%d lda=%d ldb=%d ldc=%d", s, M, N, K, lda, ldb, ldc);
}
