/*
skip_sum_layer_gpu.c - sum of the horizontal gates' outputs on the device. See skip_sum_layer.h.
*/
#include "base/calls_gpu.h"
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

static void train_skip_sum_gpu(layer *l, training_gpu *t)
{
    skip_sum *k = skip_of(l);
    part_bias_gpu(t, k->base.params);
    for (int i = 0; i < k->n; ++i) part_weights_gpu(t, k->base.params + 1 + i);
}

/* What a pass reads and writes. */
typedef struct {
    layer_io io; // x is not used: the sources' g is read
    const skip_sum *k;
    const layer *layers; // of the net
    ACTIVATION activation;
} skip_pass;

static skip_pass pass_of(const layer *l, const network *net)
{
    return (skip_pass){io_of_gpu(l, net), skip_of(l), net->layers, l->activation};
}

static const gated_hstack *source_of(const skip_pass *p, int i) { return hstack_of(p->layers + p->k->from[i]); }

static plane_shape shape_of(const skip_pass *p)
{
    return (plane_shape){p->io.batch, filters_of(p->k), pixels_of(p->k)};
}

/* y = activation(sum over i of W_s,i g_i + b)      OVERWRITES y */
static void forward(const skip_pass *p)
{
    const skip_sum *k = p->k;
    planes_gpu y = planes_over_gpu(p->io.y, filters_of(k), pixels_of(k));
    for (int i = 0; i < k->n; ++i) {
        pointwise map = map_of(k, i, p->io.batch);
        pointwise_forward_gpu(&map, k->base.params[1 + i].value_gpu, hstack_g_gpu(source_of(p, i)), i > 0, y);
    }
    activate_bias_gpu(shape_of(p), k->base.params[0].value_gpu, p->activation, p->io.y);
}

/* y = activation(s):                  ds = dy . activation'(s)
   s = sum over i of W_s,i g_i + b:    dW_s,i += ds g_i^T, dg_i += W_s,i^T ds, db += ds summed over pixels
   OVERWRITES dy by ds. */
static void backward(const skip_pass *p)
{
    const skip_sum *k = p->k;
    planes_gpu ds = planes_over_gpu(p->io.dy, filters_of(k), pixels_of(k));
    gradient_bias_gpu(shape_of(p), p->io.y, p->activation, p->io.dy, k->base.params[0].parts_gpu);
    for (int i = 0; i < k->n; ++i) {
        pointwise map = map_of(k, i, p->io.batch);
        const param *w = k->base.params + 1 + i;
        pointwise_backward_weights_gpu(&map, hstack_g_gpu(source_of(p, i)), ds, w, p->io.workspace);
        pointwise_backward_data_gpu(&map, w->value_gpu, ds, 1, hstack_dg_gpu(source_of(p, i)));
    }
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
    .train = train_skip_sum_gpu,
    .forward = forward_skip_sum_layer_gpu,
    .backward = backward_skip_sum_layer_gpu,
};
