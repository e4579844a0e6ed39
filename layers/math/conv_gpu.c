/* By cuBLAS, or by cuDNN where conv_cudnn_gpu.c has a plan. */
#include "base/calls_gpu.h"
#include "layers/math/blas_gpu.h"
#include "layers/math/conv_gpu.h"
#include "layers/math/conv_kernels.h"
#include "layers/math/conv_plan.h"

static size_t columns_of(const conv_gpu *k) { return (size_t)k->cin * k->kh * k->kw; }
static size_t gathered(const conv_gpu *k) { return columns_of(k) * k->h * k->w; } // floats of an image
/* Images whose gathered taps the workspace holds. */
static int chunk_of(const conv_gpu *k) { return images_at_once_gpu(k->most, gathered(k)); }

/* A kernel of one tap on the pixel itself, whose input lies as its output: its columns are the input. */
static int is_pointwise(const conv_gpu *k)
{
    return k->kh * k->kw == 1 && !k->top && !k->left && (!k->of_image || are_planes_by_image());
}

static taps_gpu taps_of(const conv_gpu *k)
{
    return (taps_gpu){k->cin, k->h, k->w, k->kh, k->kw, k->d, k->top, k->left};
}

/* The columns and y of some images. */
static pointwise product_of(const conv_gpu *k, int images)
{
    return (pointwise){.batch = images, .cin = columns_of(k), .cout = k->cout, .pixels = k->h * k->w};
}

conv_gpu make_conv_gpu(const causal_conv *c, int most, int of_image)
{
    conv_gpu k = conv_gpu_of(c, most);
    pointwise p = product_of(&k, most);
    k.of_image = of_image;
    if (CUDNN_BUILD && are_planes_by_image() && !is_pointwise(&k)) plan_conv_gpu(&k);
    if (k.plan) return k;
    k.workspace = pointwise_workspace_gpu(&p);
    if (!is_pointwise(&k)) k.workspace += aligned_gpu(gathered(&k) * chunk_of(&k));
    return k;
}

static planes_gpu planes_of_x(const conv_pass_gpu *t, const float *x)
{
    const conv_gpu *k = t->k;
    size_t plane = (size_t)k->h * k->w;
    return k->of_image ? images_over_gpu(x, k->cin, plane) : planes_over_gpu(x, t->batch, k->cin, plane);
}

static planes_gpu planes_of_y(const conv_pass_gpu *t, const float *y)
{
    return planes_over_gpu(y, t->batch, t->k->cout, (size_t)t->k->h * t->k->w);
}

static planes_gpu columns_over(const conv_gpu *k, int images, const float *x)
{
    return planes_over_gpu(x, images, columns_of(k), (size_t)k->h * k->w);
}

/* The images from b on that the workspace holds. */
static int chunk_from(const conv_pass_gpu *t, int b)
{
    int most = chunk_of(t->k), left = t->batch - b;
    return left < most ? left : most;
}

size_t conv_gpu_columns(const conv_gpu *k) { return is_pointwise(k) ? 0 : gathered(k); }

int conv_gpu_parts(const conv_gpu *k)
{
    pointwise p = product_of(k, k->most);
    return weight_parts_gpu(&p);
}

void conv_forward_gpu(conv_pass_gpu t, const float *x, const param *w, float *y)
{
    const conv_gpu *k = t.k;
    if (CUDNN_BUILD && k->plan) {
        plan_forward_gpu(k, x, w, y, t.workspace);
        return;
    }
    planes_gpu from = planes_of_x(&t, x), to = planes_of_y(&t, y);
    if (is_pointwise(k)) {
        pointwise p = product_of(k, t.batch);
        pointwise_forward_gpu(&p, w->value_gpu, from, 0, to);
        return;
    }
    for (int b = 0, n; b < t.batch; b += n) {
        n = k->columns ? t.batch : chunk_from(&t, b);
        pointwise p = product_of(k, n);
        planes_gpu columns = columns_over(k, n, k->columns ? k->columns : t.workspace);
        gather_taps_gpu(taps_of(k), n, planes_from_image(from, b), columns);
        pointwise_forward_gpu(&p, w->value_gpu, columns, 0, planes_from_image(to, b));
    }
}

void conv_backward_data_gpu(conv_pass_gpu t, const param *w, const float *dy, int add, float *dx)
{
    const conv_gpu *k = t.k;
    if (CUDNN_BUILD && k->plan) {
        plan_backward_data_gpu(k, w, dy, add, dx, t.workspace);
        return;
    }
    planes_gpu from = planes_of_y(&t, dy), to = planes_of_x(&t, dx);
    if (is_pointwise(k)) {
        pointwise p = product_of(k, t.batch);
        pointwise_backward_data_gpu(&p, w->value_gpu, from, add, to);
        return;
    }
    for (int b = 0, n; b < t.batch; b += n) {
        n = chunk_from(&t, b);
        pointwise p = product_of(k, n);
        planes_gpu columns = columns_over(k, n, t.workspace);
        pointwise_backward_data_gpu(&p, w->value_gpu, planes_from_image(from, b), 0, columns);
        scatter_taps_gpu(taps_of(k), n, columns, add, planes_from_image(to, b));
    }
}

void conv_backward_weights_gpu(conv_pass_gpu t, const float *x, float *dy, const param *w)
{
    const conv_gpu *k = t.k;
    if (CUDNN_BUILD && k->plan) {
        plan_backward_weights_gpu(k, t.batch, x, dy, w, t.workspace);
        return;
    }
    planes_gpu read = planes_of_x(&t, x), d = planes_of_y(&t, dy);
    if (is_pointwise(k) || k->columns) {
        pointwise p = product_of(k, t.batch);
        if (k->columns) read = columns_over(k, t.batch, k->columns);
        pointwise_backward_weights_gpu(&p, read, d, w, t.workspace);
        return;
    }
    float *space = take_gpu(&t.workspace, gathered(k) * chunk_of(k));
    for (int b = 0, n; b < t.batch; b += n) {
        n = chunk_from(&t, b);
        pointwise p = product_of(k, n);
        planes_gpu columns = columns_over(k, n, space);
        param own = *w;
        if (own.parts_gpu) own.parts_gpu += b * w->n;
        gather_taps_gpu(taps_of(k), n, planes_from_image(read, b), columns);
        pointwise_backward_weights_gpu(&p, columns, planes_from_image(d, b), &own, t.workspace);
    }
}
