/* By cuBLAS, or by cuDNN where conv_cudnn_gpu.c has a plan. */
#include "base/calls_gpu.h"
#include "layers/math/blas_gpu.h"
#include "layers/math/conv_gpu.h"
#include "layers/math/conv_kernels.h"
#include "layers/math/conv_plan.h"

static size_t columns_of(const conv_gpu *k) { return (size_t)k->cin * k->kh * k->kw; }
static size_t gathered(const conv_gpu *k) { return columns_of(k) * k->h * k->w; } // floats of an image
/* Images at once in the workspace: each needs its gathered taps and a product of the size of the weights. */
static int chunk_of(const conv_gpu *k) { return images_at_once_gpu(k->most, gathered(k) + conv_gpu_weights(k)); }

/* A kernel of one tap on the pixel itself: its columns are the input. */
static int is_pointwise(const conv_gpu *k) { return k->kh * k->kw == 1 && !k->top && !k->left; }

static taps_gpu taps_of(const conv_gpu *k)
{
    return (taps_gpu){k->cin, k->h, k->w, k->kh, k->kw, k->d, k->top, k->left};
}

/* The columns and y of some images. */
static pointwise product_of(const conv_gpu *k, int images)
{
    return (pointwise){.batch = images, .cin = columns_of(k), .cout = k->cout, .pixels = k->h * k->w};
}

conv_gpu make_conv_gpu(const causal_conv *c, int most)
{
    conv_gpu k = conv_gpu_of(c, most);
    pointwise p = product_of(&k, most);
    if (CUDNN_BUILD && !is_pointwise(&k)) plan_conv_gpu(&k);
    if (k.plan) return k;
    size_t chunk = aligned_gpu(gathered(&k) * chunk_of(&k)) + aligned_gpu(conv_gpu_weights(&k) * chunk_of(&k));
    k.workspace = pointwise_workspace_gpu(&p); // of columns that are kept, too
    if (!is_pointwise(&k) && chunk > k.workspace) k.workspace = chunk;
    return k;
}

/* Offset of image b in x (B,channels,h,w). */
static size_t image_offset(const conv_gpu *k, int b, int channels) { return (size_t)b * channels * k->h * k->w; }

static planes_gpu planes_of(const conv_gpu *k, const float *x, int channels)
{
    return planes_over_gpu((float *)x, channels, (size_t)k->h * k->w);
}

/* The images from b on that the workspace holds. */
static int chunk_from(const conv_pass_gpu *t, int b)
{
    int most = chunk_of(t->k), left = t->batch - b;
    return left < most ? left : most;
}

size_t conv_gpu_columns(const conv_gpu *k) { return is_pointwise(k) ? 0 : gathered(k); }

void conv_forward_gpu(conv_pass_gpu t, const float *x, const param *w, float *y)
{
    const conv_gpu *k = t.k;
    if (CUDNN_BUILD && k->plan) {
        plan_forward_gpu(k, x, w, y, t.workspace);
        return;
    }
    if (is_pointwise(k)) {
        pointwise p = product_of(k, t.batch);
        pointwise_forward_gpu(&p, w->value_gpu, planes_of(k, x, k->cin), 0, planes_of(k, y, k->cout));
        return;
    }
    for (int b = 0, n; b < t.batch; b += n) {
        n = k->columns ? t.batch : chunk_from(&t, b);
        pointwise p = product_of(k, n);
        float *columns = k->columns ? k->columns : t.workspace;
        gather_taps_gpu(taps_of(k), n, x + image_offset(k, b, k->cin), columns);
        pointwise_forward_gpu(&p, w->value_gpu, planes_of(k, columns, p.cin), 0,
                              planes_of(k, y + image_offset(k, b, k->cout), k->cout));
    }
}

void conv_backward_data_gpu(conv_pass_gpu t, const param *w, const float *dy, int add, float *dx)
{
    const conv_gpu *k = t.k;
    if (CUDNN_BUILD && k->plan) {
        plan_backward_data_gpu(k, w, dy, add, dx, t.workspace);
        return;
    }
    if (is_pointwise(k)) {
        pointwise p = product_of(k, t.batch);
        pointwise_backward_data_gpu(&p, w->value_gpu, planes_of(k, dy, k->cout), add, planes_of(k, dx, k->cin));
        return;
    }
    for (int b = 0, n; b < t.batch; b += n) {
        n = chunk_from(&t, b);
        pointwise p = product_of(k, n);
        pointwise_backward_data_gpu(&p, w->value_gpu, planes_of(k, dy + image_offset(k, b, k->cout), k->cout), 0,
                                    planes_of(k, t.workspace, p.cin));
        scatter_taps_gpu(taps_of(k), n, t.workspace, add, dx + image_offset(k, b, k->cin));
    }
}

void conv_backward_weights_gpu(conv_pass_gpu t, const float *x, float *dy, const param *w)
{
    const conv_gpu *k = t.k;
    if (CUDNN_BUILD && k->plan) {
        plan_backward_weights_gpu(k, t.batch, x, dy, w, t.workspace);
        return;
    }
    const float *all = is_pointwise(k) ? x : k->columns;
    if (all) {
        pointwise p = product_of(k, t.batch);
        pointwise_backward_weights_gpu(&p, planes_of(k, all, p.cin), planes_of(k, dy, k->cout), w, t.workspace);
        return;
    }
    float *columns = take_gpu(&t.workspace, gathered(k) * chunk_of(k));
    for (int b = 0, n; b < t.batch; b += n) {
        n = chunk_from(&t, b);
        pointwise p = product_of(k, n);
        param own = *w;
        if (own.parts_gpu) own.parts_gpu += b * w->n;
        gather_taps_gpu(taps_of(k), n, x + image_offset(k, b, k->cin), columns);
        pointwise_backward_weights_gpu(&p, planes_of(k, columns, p.cin),
                                       planes_of(k, dy + image_offset(k, b, k->cout), k->cout), &own, t.workspace);
    }
}
