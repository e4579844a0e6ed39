/*
skip_sum_layer_gpu.c - sum of the horizontal gates' outputs on the device. See skip_sum_layer.h.
*/
#include "base/calls_gpu.h"
#include "layers/gated_hstack_layer.h"
#include "layers/layer_kind.h"
#include "layers/math/plane_kernels.h"
#include "layers/skip_sum_layer.h"

static pointwise map_of(layer l, int i)
{
    const causal_conv *k = skip_of(&l)->conv + i;
    return (pointwise){l.batch, k->cin, k->cout, l.out_h * l.out_w};
}

static planes_gpu planes_of(layer l, float *x) { return planes_over_gpu(x, l.n, l.out_h * l.out_w); }

static void make_skip_sum_gpu(layer *l)
{
    size_t most = 0;
    for (int i = 0; i < skip_of(l)->n; ++i) {
        pointwise p = map_of(*l, i);
        if (pointwise_workspace_gpu(&p) > most) most = pointwise_workspace_gpu(&p);
    }
    l->workspace_size = (aligned_gpu(l->batch * l->n) + most) * sizeof(float);
}

static void forward_skip_sum_layer_gpu(layer l, network net)
{
    skip_sum *k = skip_of(&l);
    for (int i = 0; i < k->n; ++i) {
        pointwise p = map_of(l, i);
        pointwise_forward_gpu(&p, k->base.params[1 + i].value_gpu, hstack_g_gpu(net.layers[k->from[i]]), i > 0,
                              planes_of(l, l.output_gpu));
    }
    activate_bias_gpu(l.batch, l.n, l.out_h * l.out_w, k->base.params[0].value_gpu, l.activation, l.output_gpu);
}

static void backward_skip_sum_layer_gpu(layer l, network net)
{
    skip_sum *k = skip_of(&l);
    float *workspace = net.workspace, *sums = take_gpu(&workspace, l.batch * l.n);
    planes_gpu delta = planes_of(l, l.delta_gpu);
    gradient_bias_gpu(l.batch, l.n, l.out_h * l.out_w, l.output_gpu, l.activation, l.delta_gpu, sums);
    add_batch_gpu(l.batch, l.n, sums, k->base.params[0].update_gpu);
    for (int i = 0; i < k->n; ++i) {
        pointwise p = map_of(l, i);
        layer source = net.layers[k->from[i]];
        const param *w = k->base.params + 1 + i;
        pointwise_backward_weights_gpu(&p, hstack_g_gpu(source), delta, w->allowed_gpu, w->update_gpu, workspace);
        pointwise_backward_data_gpu(&p, w->value_gpu, delta, 1, hstack_dg_gpu(source));
    }
}

const layer_gpu skip_sum_gpu = {
    .make = make_skip_sum_gpu,
    .forward = forward_skip_sum_layer_gpu,
    .backward = backward_skip_sum_layer_gpu,
};
