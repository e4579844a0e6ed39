/*
gated_vstack_layer_gpu.c - vertical stack of a Gated PixelCNN on the device. See gated_vstack_layer.h.

a (B,2F,plane) keeps the layout of the convolution's output, which may have surplus rows after those of the image (conv_gpu.h):
unused in a, zero in da.
*/
#include "base/calls_gpu.h"
#include "layers/gated_vstack_layer.h"
#include "layers/layer_kind.h"
#include "layers/math/gate_kernels.h"
#include "layers/math/plane_kernels.h"

float *source_output_gpu(network net, int from)
{
    return from == FROM_IMAGE ? image_of(&net)->image_gpu : net.layers[from].output_gpu;
}

float *source_delta_gpu(network net, int from)
{
    return from == FROM_IMAGE ? image_of(&net)->image_delta_gpu : net.layers[from].delta_gpu;
}

static int pixels_of(layer l) { return l.out_h * l.out_w; }

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* Floats of workspace: the label's term, sums, the gradient of u, and that of a convolution or the label's gradient. */
static size_t workspace_floats(layer l)
{
    gated_vstack *v = vstack_of(&l);
    size_t du = v->factored ? aligned_gpu((size_t)l.batch * l.n * pixels_of(l)) : 0;
    return 2 * label_workspace_gpu(&v->label, l.batch) + 2 * aligned_gpu(l.batch * 2 * l.n) + du +
           larger(v->conv_gpu.workspace, v->first_gpu.workspace);
}

static void make_gated_vstack_gpu(layer *l)
{
    gated_vstack *v = vstack_of(l);
    v->conv_gpu = make_conv_gpu(&v->conv, l->batch);
    if (v->factored) {
        v->first_gpu = make_conv_gpu(&v->first, l->batch);
        v->u_gpu = floats_gpu(conv_gpu_floats(&v->first_gpu));
    }
    v->a_gpu = floats_gpu(conv_gpu_floats(&v->conv_gpu));
    v->da_gpu = floats_gpu(conv_gpu_floats(&v->conv_gpu));
    make_label_link_gpu(&v->label, l->batch);
    l->workspace_size = workspace_floats(*l) * sizeof(float);
}

static void free_gated_vstack_gpu(layer *l)
{
    gated_vstack *v = vstack_of(l);
    free_gpu(v->a_gpu);
    free_gpu(v->da_gpu);
    free_gpu(v->u_gpu);
    free_gpu(v->label.term_gpu);
}

static planes_gpu planes_of_a(layer l, float *x)
{
    return planes_over_gpu(x, 2 * l.n, conv_gpu_plane(&vstack_of(&l)->conv_gpu));
}

planes_gpu vstack_a_gpu(layer l) { return planes_of_a(l, vstack_of(&l)->a_gpu); }
planes_gpu vstack_da_gpu(layer l) { return planes_of_a(l, vstack_of(&l)->da_gpu); }

static gate_gpu gate_of(layer l, const float *label)
{
    gated_vstack *v = vstack_of(&l);
    return (gate_gpu){.batch = l.batch,
                      .f = l.n,
                      .h = l.out_h,
                      .w = l.out_w,
                      .row = v->conv_gpu.out_w,
                      .plane = conv_gpu_plane(&v->conv_gpu),
                      .z = v->a_gpu,
                      .bias = v->b->value_gpu,
                      .label = label,
                      .spatial = v->label.pixels > 0};
}

static void forward_gated_vstack_layer_gpu(layer l, network net)
{
    gated_vstack *v = vstack_of(&l);
    float *workspace = net.workspace;
    if (net.index == 0) {
        v->base.image_gpu = net.input_gpu;
        v->base.image_delta_gpu = net.delta_gpu;
    }
    const float *x = source_output_gpu(net, v->from);
    const float *label = v->output_used ? label_forward_gpu(&v->label, net, l.batch, &workspace) : 0;
    if (v->factored) {
        conv_forward_gpu(&v->first_gpu, x, v->w1, v->u_gpu, workspace);
        set_bias_gpu(l.batch, l.n, pixels_of(l), v->b1->value_gpu, v->u_gpu, v->u_gpu);
        x = v->u_gpu;
    }
    conv_forward_gpu(&v->conv_gpu, x, v->w, v->a_gpu, workspace);
    gate_gpu t = gate_of(l, label);
    gate_forward_gpu(&t, KEEP_SUM, v->output_used ? l.output_gpu : 0);
    if (net.train) zero_gpu(v->da_gpu, conv_gpu_floats(&v->conv_gpu));
}

/* da: adds the gradient through the gate to what the horizontal layers have added; then the gradients of b, V and h. */
static void gradient_of_a(layer l, network net, float *workspace)
{
    gated_vstack *v = vstack_of(&l);
    float *sums = take_gpu(&workspace, l.batch * 2 * l.n), *own_sums = take_gpu(&workspace, l.batch * 2 * l.n);
    const float *label = v->output_used ? label_forward_gpu(&v->label, net, l.batch, &workspace) : 0;
    gate_gpu t = gate_of(l, label);
    float *own = label && v->label.pixels ? take_gpu(&workspace, (size_t)l.batch * 2 * l.n * pixels_of(l)) : 0;
    gate_backward_gpu(&t, &(gate_gradient_gpu){.dy = v->output_used ? l.delta_gpu : 0,
                                               .dz = v->da_gpu,
                                               .add = 1,
                                               .sums = sums,
                                               .own = own,
                                               .own_sums = label ? own_sums : 0});
    if (label)
        label_backward_gpu(&v->label, net, l.batch, planes_over_gpu(own, 2 * l.n, pixels_of(l)), own_sums, workspace);
    add_batch_gpu(l.batch, 2 * l.n, sums, v->b->update_gpu);
}

/* The gradients of a kernel and of its input from d, that of its output. */
static void give_input(layer l, network net, const conv_gpu *k, const param *w, const float *d, float *workspace)
{
    int from = vstack_of(&l)->from;
    float *dx = source_delta_gpu(net, from);
    conv_backward_weights_gpu(k, source_output_gpu(net, from), d, w, workspace);
    if (dx) conv_backward_data_gpu(k, w, d, 1, dx, workspace);
}

static void backward_gated_vstack_layer_gpu(layer l, network net)
{
    gated_vstack *v = vstack_of(&l);
    float *workspace = net.workspace;
    gradient_of_a(l, net, workspace);
    if (!v->factored) {
        give_input(l, net, &v->conv_gpu, v->w, v->da_gpu, workspace);
        return;
    }
    float *du = take_gpu(&workspace, conv_gpu_floats(&v->first_gpu)), *sums = take_gpu(&workspace, l.batch * l.n);
    conv_backward_weights_gpu(&v->conv_gpu, v->u_gpu, v->da_gpu, v->w, workspace);
    conv_backward_data_gpu(&v->conv_gpu, v->w, v->da_gpu, 0, du, workspace);
    sum_planes_gpu(l.batch, l.n, pixels_of(l), du, 0, sums);
    add_batch_gpu(l.batch, l.n, sums, v->b1->update_gpu);
    give_input(l, net, &v->first_gpu, v->w1, du, workspace);
}

const layer_gpu gated_vstack_gpu = {
    .make = make_gated_vstack_gpu,
    .free = free_gated_vstack_gpu,
    .forward = forward_gated_vstack_layer_gpu,
    .backward = backward_gated_vstack_layer_gpu,
};
