/* cuBLAS is column-major: a row-major matrix of ours is its transpose. */
#include <string.h>
#include "base/calls_gpu.h"
#include "base/errors.h"
#include "layers/math/blas_gpu.h"
#include "layers/math/conv_kernels.h"

size_t workspace_limit = (size_t)256 << 20;

/* Its default math computes in 32-bit floats. PIXELCNN_CUBLAS_MATH=pedantic in the environment, for
   measurements, asks for the mode that promises more and may be slower. */
static cublasMath_t math_mode(void)
{
    static int pedantic = -1;
    if (device_math.tf32) return CUBLAS_TF32_TENSOR_OP_MATH;
    if (pedantic < 0) {
        const char *text = getenv("PIXELCNN_CUBLAS_MATH");
        if (text && strcmp(text, "pedantic") && strcmp(text, "default"))
            die("PIXELCNN_CUBLAS_MATH=%s: expected default or pedantic", text);
        pedantic = text && !strcmp(text, "pedantic");
    }
    return pedantic ? CUBLAS_PEDANTIC_MATH : CUBLAS_DEFAULT_MATH;
}

/* cuBLAS's handle, set as the options say: Darknet's handle is shared, so its mode may have been changed. */
static cublasHandle_t blas(void)
{
    cublasHandle_t handle = blas_handle();
    BLAS_OK(cublasSetMathMode(handle, math_mode()));
    return handle;
}

void multiply_gpu(const gemm_batch *t)
{
    if (!t->m || !t->n || !t->batch) return;
    float one = 1;
    cublasOperation_t ta = t->ta ? CUBLAS_OP_T : CUBLAS_OP_N, tb = t->tb ? CUBLAS_OP_T : CUBLAS_OP_N;
    if (t->batch == 1)
        BLAS_OK(
            cublasSgemm(blas(), tb, ta, t->n, t->m, t->k, &one, t->b, t->ldb, t->a, t->lda, &t->beta, t->c, t->ldc));
    else
        BLAS_OK(cublasSgemmStridedBatched(blas(), tb, ta, t->n, t->m, t->k, &one, t->b, t->ldb, t->b_step, t->a, t->lda,
                                          t->a_step, &t->beta, t->c, t->ldc, t->c_step, t->batch));
}

planes_gpu planes_over_gpu(float *x, int channels, size_t plane) { return (planes_gpu){x, channels * plane, plane}; }

void pointwise_forward_gpu(const pointwise *p, const float *w, planes_gpu x, float beta, planes_gpu y)
{
    multiply_gpu(&(gemm_batch){.m = p->cout,
                               .n = p->pixels,
                               .k = p->cin,
                               .a = w,
                               .lda = p->cin,
                               .b = x.x,
                               .ldb = x.plane,
                               .b_step = x.image_step,
                               .beta = beta,
                               .c = y.x,
                               .ldc = y.plane,
                               .c_step = y.image_step,
                               .batch = p->batch});
}

void pointwise_backward_data_gpu(const pointwise *p, const float *w, planes_gpu dy, float beta, planes_gpu dx)
{
    multiply_gpu(&(gemm_batch){.ta = 1,
                               .m = p->cin,
                               .n = p->pixels,
                               .k = p->cout,
                               .a = w,
                               .lda = p->cin,
                               .b = dy.x,
                               .ldb = dy.plane,
                               .b_step = dy.image_step,
                               .beta = beta,
                               .c = dx.x,
                               .ldc = dx.plane,
                               .c_step = dx.image_step,
                               .batch = p->batch});
}

int images_at_once_gpu(int batch, size_t floats)
{
    size_t n = floats ? workspace_limit / sizeof(float) / floats : (size_t)batch;
    return n < 1 ? 1 : n < (size_t)batch ? (int)n : batch;
}

size_t pointwise_workspace_gpu(const pointwise *p)
{
    size_t weights = (size_t)p->cin * p->cout;
    return aligned_gpu(weights * images_at_once_gpu(p->batch, weights));
}

void pointwise_backward_weights_gpu(const pointwise *p, planes_gpu x, planes_gpu dy, const param *w, float *workspace)
{
    size_t weights = (size_t)p->cin * p->cout;
    int most = w->parts_gpu ? p->batch : images_at_once_gpu(p->batch, weights);
    if (!p->pixels) return;
    for (int b = 0, n; b < p->batch; b += n) {
        n = p->batch - b < most ? p->batch - b : most;
        multiply_gpu(&(gemm_batch){.tb = 1,
                                   .m = p->cout,
                                   .n = p->cin,
                                   .k = p->pixels,
                                   .a = dy.x + b * dy.image_step,
                                   .lda = dy.plane,
                                   .a_step = dy.image_step,
                                   .b = x.x + b * x.image_step,
                                   .ldb = x.plane,
                                   .b_step = x.image_step,
                                   .c = w->parts_gpu ? w->parts_gpu : workspace,
                                   .ldc = p->cin,
                                   .c_step = w->parts_gpu ? w->n : weights,
                                   .batch = n});
        if (!w->parts_gpu) add_images_gpu(n, weights, workspace, w->allowed_gpu, w->update_gpu);
    }
}
