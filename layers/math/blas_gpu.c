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

/* Do the images of a channel follow each other without a gap? */
static int is_joined(const pointwise *p, planes_gpu x)
{
    return x.step.image == (size_t)p->pixels && x.step.plane >= (size_t)p->batch * p->pixels;
}

/* The same features as n images, where both operands' are joined; n divides their pixels. */
static pointwise regroup(pointwise p, int n, planes_gpu *x, planes_gpu *y)
{
    if (!is_joined(&p, *x) || !is_joined(&p, *y)) return p;
    p.pixels = p.batch * p.pixels / n;
    p.batch = n;
    x->step.image = y->step.image = p.pixels;
    return p;
}

void pointwise_forward_gpu(const pointwise *p, const float *w, planes_gpu x, float beta, planes_gpu y)
{
    pointwise all = regroup(*p, 1, &x, &y);
    multiply_gpu(&(gemm_batch){.m = p->cout,
                               .n = all.pixels,
                               .k = p->cin,
                               .a = w,
                               .lda = p->cin,
                               .b = x.x,
                               .ldb = x.step.plane,
                               .b_step = x.step.image,
                               .beta = beta,
                               .c = y.x,
                               .ldc = y.step.plane,
                               .c_step = y.step.image,
                               .batch = all.batch});
}

void pointwise_backward_data_gpu(const pointwise *p, const float *w, planes_gpu dy, float beta, planes_gpu dx)
{
    pointwise all = regroup(*p, 1, &dy, &dx);
    multiply_gpu(&(gemm_batch){.ta = 1,
                               .m = p->cin,
                               .n = all.pixels,
                               .k = p->cout,
                               .a = w,
                               .lda = p->cin,
                               .b = dy.x,
                               .ldb = dy.step.plane,
                               .b_step = dy.step.image,
                               .beta = beta,
                               .c = dx.x,
                               .ldc = dx.step.plane,
                               .c_step = dx.step.image,
                               .batch = all.batch});
}

int images_at_once_gpu(int batch, size_t floats)
{
    size_t n = floats ? workspace_limit / sizeof(float) / floats : (size_t)batch;
    return n < 1 ? 1 : n < (size_t)batch ? (int)n : batch;
}

int weight_parts_gpu(const pointwise *p)
{
    enum { TILE = 64, TILES = 512, MOST = 32 }; // tiles of outputs: some for each multiprocessor
    if (are_planes_by_image()) return 0;
    size_t tiles = (size_t)((p->cout + TILE - 1) / TILE) * ((p->cin + TILE - 1) / TILE);
    int n = tiles > TILES ? 1 : TILES / tiles < MOST ? TILES / tiles : MOST;
    while (n > 1 && p->pixels % n) --n;
    return n;
}

/* Matrices of the size of w, one for each part, of which the workspace holds some. */
static int parts_at_once(const pointwise *p, int parts) { return images_at_once_gpu(parts, (size_t)p->cin * p->cout); }

size_t pointwise_workspace_gpu(const pointwise *p)
{
    int parts = weight_parts_gpu(p);
    return aligned_gpu((size_t)p->cin * p->cout * parts_at_once(p, parts > p->batch ? parts : p->batch));
}

void pointwise_backward_weights_gpu(const pointwise *p, planes_gpu x, planes_gpu dy, const param *w, float *workspace)
{
    size_t weights = (size_t)p->cin * p->cout;
    int parts = w->parts_gpu ? w->nparts : weight_parts_gpu(p);
    pointwise all = parts ? regroup(*p, parts, &x, &dy) : *p;
    int most = w->parts_gpu ? all.batch : parts_at_once(p, all.batch);
    if (!p->pixels) return;
    for (int b = 0, n; b < all.batch; b += n) {
        n = all.batch - b < most ? all.batch - b : most;
        multiply_gpu(&(gemm_batch){.tb = 1,
                                   .m = p->cout,
                                   .n = p->cin,
                                   .k = all.pixels,
                                   .a = planes_from_image(dy, b).x,
                                   .lda = dy.step.plane,
                                   .a_step = dy.step.image,
                                   .b = planes_from_image(x, b).x,
                                   .ldb = x.step.plane,
                                   .b_step = x.step.image,
                                   .c = w->parts_gpu ? w->parts_gpu : workspace,
                                   .ldc = p->cin,
                                   .c_step = w->parts_gpu ? w->n : weights,
                                   .batch = n});
        if (!w->parts_gpu) add_images_gpu(n, weights, workspace, w->allowed_gpu, w->update_gpu);
    }
}
