/*
cublas.cc - matrix products as loops. Both operands are first copied into the order in which the inner loop runs along
memory, so that it vectorises.
*/
#include "cublas_v2.h"
#include "emu.h"

using namespace cuemu;

struct cuemu_cublas {
    int device;
    cudaStream_t stream;
};

/* A product C = alpha * op(A) * op(B) + beta * C of column-major matrices. */
struct product {
    bool ta, tb;
    int m, n, k, lda, ldb, ldc;
    float alpha, beta;
};

static void multiply(const product &p, const float *a, const float *b, float *c)
{
    size_t m = (size_t)p.m, n = (size_t)p.n, k = (size_t)p.k;
    std::vector<float> at; // op(A), column-major with m rows
    if (p.ta) {
        at.resize(m * k);
        for (size_t i = 0; i < m; ++i)
            for (size_t l = 0; l < k; ++l) at[l * m + i] = a[i * (size_t)p.lda + l];
    }
    const float *left = p.ta ? at.data() : a;
    size_t ld = p.ta ? m : (size_t)p.lda;
    for (size_t j = 0; j < n; ++j) {
        float *column = c + j * (size_t)p.ldc;
        for (size_t i = 0; i < m; ++i) column[i] = p.beta == 0 ? 0 : p.beta * column[i];
        for (size_t l = 0; l < k; ++l) {
            float x = p.alpha * (p.tb ? b[l * (size_t)p.ldb + j] : b[j * (size_t)p.ldb + l]);
            const float *from = left + l * ld;
            for (size_t i = 0; i < m; ++i) column[i] += x * from[i];
        }
    }
}

/* Floats from the first element of a matrix of rows x columns to the end of the last. */
static size_t extent(int rows, int columns, int ld)
{
    return rows && columns ? (size_t)ld * (size_t)(columns - 1) + (size_t)rows : 0;
}

static void check(int device, const float *p, size_t floats, const char *user)
{
    if (floats) check_device_pointer(device, p, floats * sizeof *p, user);
}

cublasStatus_t cublasCreate(cublasHandle_t *handle)
{
    if (!device_count()) return CUBLAS_STATUS_NOT_INITIALIZED;
    *handle = new cuemu_cublas{current_device(), nullptr};
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy(cublasHandle_t handle)
{
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream)
{
    handle->stream = stream;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetWorkspace(cublasHandle_t, void *, size_t) { return CUBLAS_STATUS_SUCCESS; }

const char *cublasGetStatusString(cublasStatus_t status)
{
    return status == CUBLAS_STATUS_SUCCESS           ? "success"
           : status == CUBLAS_STATUS_NOT_INITIALIZED ? "not initialized"
                                                     : "an invalid value";
}

cublasStatus_t cublasSgemm(cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k,
                           const float *alpha, const float *a, int lda, const float *b, int ldb, const float *beta,
                           float *c, int ldc)
{
    return cublasSgemmStridedBatched(h, ta, tb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n,
                                         int k, const float *alpha, const float *a, int lda, long long stride_a,
                                         const float *b, int ldb, long long stride_b, const float *beta, float *c,
                                         int ldc, long long stride_c, int count)
{
    product p = {ta == CUBLAS_OP_T, tb == CUBLAS_OP_T, m, n, k, lda, ldb, ldc, *alpha, *beta};
    int rows_a = p.ta ? k : m, rows_b = p.tb ? n : k;
    if (m < 0 || n < 0 || k < 0 || count < 0 || lda < (rows_a > 1 ? rows_a : 1) || ldb < (rows_b > 1 ? rows_b : 1) ||
        ldc < (m > 1 ? m : 1))
        return CUBLAS_STATUS_INVALID_VALUE;
    if (!m || !n || !count) return CUBLAS_STATUS_SUCCESS;
    call in(h->device);
    if (!h->stream && current_device() != h->device)
        fail("cublasSgemm: a handle of device %d on device %d", h->device, current_device());
    size_t last = (size_t)(count - 1);
    if (k) check(h->device, a, last * (size_t)stride_a + extent(rows_a, p.ta ? m : k, lda), "cublasSgemm, A");
    if (k) check(h->device, b, last * (size_t)stride_b + extent(rows_b, p.tb ? k : n, ldb), "cublasSgemm, B");
    check(h->device, c, last * (size_t)stride_c + extent(m, n, ldc), "cublasSgemm, C");
    const char *name = count > 1 ? "cublasSgemmStridedBatched" : "cublasSgemm";
    cudaError_t e = submit(h->stream, {CUEMU_LIBRARY, name, 0, count}, [=] {
        for (int i = 0; i < count; ++i) multiply(p, a + i * stride_a, b + i * stride_b, c + i * stride_c);
    });
    return e ? CUBLAS_STATUS_EXECUTION_FAILED : CUBLAS_STATUS_SUCCESS;
}
