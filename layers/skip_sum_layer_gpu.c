#include "layers/activation_planes.h"
#include "layers/gated_hstack_layer.h"
#include "layers/layer_kind.h"
#include "layers/layer_pass.h"
#include "layers/skip_sum_layer.h"
#include "layers/training_gpu.h"

static int filters_of(const skip_sum *k) { return k->conv->cout; }
static int pixels_of(const skip_sum *k) { return k->conv->h * k->conv->w; }

static pointwise map_of(const skip_sum *k, int i, int batch)
{
    return (pointwise){batch, k->conv[i].cin, k->conv[i].cout, pixels_of(k)};
}

/* The product of all sources, whose g lie side by side. */
static pointwise joined_of(const skip_sum *k, int batch)
{
    return (pointwise){batch, k->width, filters_of(k), pixels_of(k)};
}

static void make_skip_sum_gpu(layer *l)
{
    const skip_sum *k = skip_of(l);
    size_t most = 0;
    for (int i = 0; i < k->n; ++i) {
        pointwise p = map_of(k, i, l->batch);
        if (pointwise_workspace_gpu(&p) > most) most = pointwise_workspace_gpu(&p);
    }
    l->workspace_size = most * sizeof(float);
}

static void free_skip_sum_gpu(layer *l)
{
    skip_sum *k = skip_of(l);
    free_gpu(k->g_gpu);
    free_gpu(k->weights_gpu);
    free_gpu(k->joined.value_gpu);
    free(k->source);
}

/* Finds the sources and where their weights start side by side. Returns the columns of all, or 0 if another
   skip sum has one of the sources' g. */
static int find_sources(skip_sum *k, const layer *layers, skip_columns *weights)
{
    int width = 0, taken = 0;
    k->source = checked_calloc(k->n, sizeof *k->source);
    for (int i = 0; i < k->n; width += k->conv[i++].cin) {
        k->source[i] = hstack_of(layers + k->from[i]);
        weights[i] = (skip_columns){k->base.params[1 + i].value_gpu, k->conv[i].cin, width};
        taken |= k->source[i]->g_is_shared;
    }
    return taken ? 0 : width;
}

/* One array for the g of all sources, one for their weights. */
static void make_joined(skip_sum *k, const skip_columns *weights, int batch)
{
    k->joined.n = (size_t)k->width * filters_of(k);
    k->joined.value_gpu = floats_gpu(k->joined.n);
    k->weights_gpu = bytes_gpu(k->n * sizeof *weights);
    push_bytes_gpu(k->weights_gpu, weights, k->n * sizeof *weights);
    k->g_gpu = floats_gpu((size_t)batch * k->width * pixels_of(k));
    for (int i = 0; i < k->n; ++i) {
        gated_hstack *h = k->source[i];
        h->g_is_shared = 1;
        h->g_gpu = k->g_gpu;
        h->g_width = k->width;
        h->g_at = weights[i].at;
    }
}

static void share_skip_sum_gpu(layer *l, const network *net)
{
    skip_sum *k = skip_of(l);
    skip_columns *weights = checked_calloc(k->n, sizeof *weights);
    k->width = find_sources(k, net->layers, weights);
    if (k->width) make_joined(k, weights, l->batch);
    free(weights);
}

static void train_skip_sum_gpu(layer *l, training_gpu *t)
{
    skip_sum *k = skip_of(l);
    param *w = k->base.params + 1;
    part_bias_gpu(t, k->base.params);
    for (int i = 0; i < k->n && !k->width; ++i) {
        pointwise map = map_of(k, i, t->batch);
        part_weights_gpu(t, w + i, weight_parts_gpu(&map));
    }
    if (!k->width) return;
    pointwise all = joined_of(k, t->batch);
    k->joined.nparts = weight_parts_gpu(&all);
    part_columns_gpu(t, &k->joined, w, k->n);
    k->dg_gpu = arena_floats(&t->gradients, (size_t)t->batch * k->width * pixels_of(k));
    for (int i = 0; i < k->n; ++i) k->source[i]->dg_gpu = k->dg_gpu;
}

/* What a pass reads and writes. */
typedef struct {
    layer_io io; // x is not used: the sources' g is read
    const skip_sum *k;
    ACTIVATION activation;
} skip_pass;

static skip_pass pass_of(const layer *l, const network *net)
{
    return (skip_pass){io_of_gpu(l, net), skip_of(l), l->activation};
}

static plane_shape shape_of(const skip_pass *p)
{
    return (plane_shape){p->io.batch, filters_of(p->k), pixels_of(p->k)};
}

static planes_gpu planes_of(const skip_pass *p, int channels, const float *x)
{
    return planes_over_gpu(x, p->io.batch, channels, pixels_of(p->k));
}

/* y = activation(sum over i of W_s,i g_i + b)      OVERWRITES y */
static void forward(const skip_pass *p)
{
    const skip_sum *k = p->k;
    planes_gpu y = planes_of(p, filters_of(k), p->io.y);
    pointwise all = joined_of(k, p->io.batch);
    if (k->width) {
        join_weights_gpu(k->n, k->weights_gpu, filters_of(k), k->width, k->joined.value_gpu);
        pointwise_forward_gpu(&all, k->joined.value_gpu, planes_of(p, k->width, k->g_gpu), 0, y);
    }
    for (int i = 0; i < k->n && !k->width; ++i) {
        pointwise map = map_of(k, i, p->io.batch);
        pointwise_forward_gpu(&map, k->base.params[1 + i].value_gpu, hstack_g_gpu(k->source[i], p->io.batch), i > 0, y);
    }
    activate_bias_gpu(shape_of(p), k->base.params[0].value_gpu, p->activation, p->io.y);
}

/* s = sum over i of W_s,i g_i + b: dW_s,i += ds g_i^T, into the parts of all sources if they have room, else
   source by source */
static void backward_weights(const skip_pass *p, planes_gpu ds)
{
    const skip_sum *k = p->k;
    pointwise all = joined_of(k, p->io.batch);
    if (k->joined.parts_gpu) {
        pointwise_backward_weights_gpu(&all, planes_of(p, k->width, k->g_gpu), ds, &k->joined, p->io.workspace);
        return;
    }
    for (int i = 0; i < k->n; ++i) {
        pointwise map = map_of(k, i, p->io.batch);
        pointwise_backward_weights_gpu(&map, hstack_g_gpu(k->source[i], p->io.batch), ds, k->base.params + 1 + i,
                                       p->io.workspace);
    }
}

/* and dg_i += W_s,i^T ds */
static void backward_data(const skip_pass *p, planes_gpu ds)
{
    const skip_sum *k = p->k;
    pointwise all = joined_of(k, p->io.batch);
    if (k->width) {
        pointwise_backward_data_gpu(&all, k->joined.value_gpu, ds, 1, planes_of(p, k->width, k->dg_gpu));
    }
    for (int i = 0; i < k->n && !k->width; ++i) {
        pointwise map = map_of(k, i, p->io.batch);
        pointwise_backward_data_gpu(&map, k->base.params[1 + i].value_gpu, ds, 1,
                                    hstack_dg_gpu(k->source[i], p->io.batch));
    }
}

/* y = activation(s):    ds = dy . activation'(s), db += ds summed over pixels      OVERWRITES dy by ds */
static void backward(const skip_pass *p)
{
    planes_gpu ds = planes_of(p, filters_of(p->k), p->io.dy);
    gradient_bias_gpu(shape_of(p), p->io.y, p->activation, p->io.dy, p->k->base.params[0].parts_gpu);
    backward_weights(p, ds);
    backward_data(p, ds);
}

static void forward_skip_sum_layer_gpu(layer l, network net)
{
    skip_pass p = pass_of(&l, &net);
    forward(&p);
}

static void backward_skip_sum_layer_gpu(layer l, network net)
{
    skip_pass p = pass_of(&l, &net);
    backward(&p);
}

const layer_gpu skip_sum_gpu = {
    .make = make_skip_sum_gpu,
    .free = free_skip_sum_gpu,
    .share = share_skip_sum_gpu,
    .train = train_skip_sum_gpu,
    .forward = forward_skip_sum_layer_gpu,
    .backward = backward_skip_sum_layer_gpu,
};
