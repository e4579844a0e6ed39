/*
gated_hstack_layer_gpu.c - horizontal stack of a Gated PixelCNN on the device. See gated_hstack_layer.h.

z (B,2F,plane) keeps the layout of the convolution's output, which may have surplus columns after those of the image (conv_gpu.h).
The link is a product without its shift, over all rows but the last; the gate reads it one row further up.
*/
#include "base/calls_gpu.h"
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/layer_kind.h"
#include "layers/math/gate_kernels.h"
#include "layers/math/plane_kernels.h"

static int pixels_of(layer l) { return l.out_h * l.out_w; }

/* W_l and W_r as 1x1 maps. The link computes rows 1 .. h-1 from rows 0 .. h-2. */
static pointwise link_of(layer l)
{
    const causal_conv *k = &hstack_of(&l)->link;
    return (pointwise){l.batch, k->cin, k->cout, pixels_of(l) - l.out_w};
}

static pointwise out_of(layer l) { return (pointwise){l.batch, l.n, l.n, pixels_of(l)}; }

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* Floats of workspace: the link's part of z or a copy of its gradient, the label's term, sums, and a product's
   workspace. */
static size_t workspace_floats(layer l)
{
    gated_hstack *h = hstack_of(&l);
    pointwise link = link_of(l), out = out_of(l);
    size_t needs = larger(h->conv_gpu.workspace, larger(pointwise_workspace_gpu(&link), pointwise_workspace_gpu(&out)));
    return aligned_gpu((size_t)l.batch * 2 * l.n * pixels_of(l)) + label_workspace_gpu(&h->label, l.batch) +
           aligned_gpu(l.batch * 2 * l.n) + needs;
}

static void make_gated_hstack_gpu(layer *l)
{
    gated_hstack *h = hstack_of(l);
    size_t floats = (size_t)l->batch * l->outputs;
    h->conv_gpu = make_conv_gpu(&h->conv, l->batch);
    h->z_gpu = floats_gpu(conv_gpu_floats(&h->conv_gpu));
    h->g_gpu = floats_gpu(floats);
    h->dg_gpu = floats_gpu(floats);
    make_label_link_gpu(&h->label, l->batch);
    l->workspace_size = workspace_floats(*l) * sizeof(float);
}

static void free_gated_hstack_gpu(layer *l)
{
    gated_hstack *h = hstack_of(l);
    free_gpu(h->z_gpu);
    free_gpu(h->g_gpu);
    free_gpu(h->dg_gpu);
    free_gpu(h->label.term_gpu);
}

static planes_gpu planes_of(layer l, float *x) { return planes_over_gpu(x, l.n, pixels_of(l)); }

planes_gpu hstack_g_gpu(layer l) { return planes_of(l, hstack_of(&l)->g_gpu); }
planes_gpu hstack_dg_gpu(layer l) { return planes_of(l, hstack_of(&l)->dg_gpu); }

static gate_gpu gate_of(layer l)
{
    gated_hstack *h = hstack_of(&l);
    return (gate_gpu){.batch = l.batch,
                      .f = l.n,
                      .h = l.out_h,
                      .w = l.out_w,
                      .row = h->conv_gpu.out_w,
                      .plane = conv_gpu_plane(&h->conv_gpu),
                      .z = h->z_gpu,
                      .bias = h->b->value_gpu,
                      .spatial = h->label.pixels > 0};
}

/* x' = W_r g + b_r (+ x). */
static void project(layer l, network net)
{
    gated_hstack *h = hstack_of(&l);
    pointwise out = out_of(l);
    const float *x = h->residual ? source_output_gpu(net, h->from) : 0;
    set_bias_gpu(l.batch, l.n, pixels_of(l), h->br->value_gpu, x, l.output_gpu);
    pointwise_forward_gpu(&out, h->wr->value_gpu, hstack_g_gpu(l), 1, planes_of(l, l.output_gpu));
}

static void forward_gated_hstack_layer_gpu(layer l, network net)
{
    gated_hstack *h = hstack_of(&l);
    float *workspace = net.workspace, *above = take_gpu(&workspace, (size_t)l.batch * 2 * l.n * pixels_of(l));
    pointwise link = link_of(l);
    gate_gpu t = gate_of(l);
    pointwise_forward_gpu(&link, h->wl->value_gpu, vstack_a_gpu(net.layers[h->vertical]), 0,
                          planes_over_gpu(above, 2 * l.n, pixels_of(l)));
    t.above = above;
    t.label = label_forward_gpu(&h->label, net, l.batch, &workspace);
    conv_forward_gpu(&h->conv_gpu, source_output_gpu(net, h->from), h->w, h->z_gpu, workspace);
    gate_forward_gpu(&t, net.train ? KEEP_ALL : KEEP_NOTHING, h->g_gpu);
    if (h->output_used) project(l, net);
    if (net.train) zero_gpu(h->dg_gpu, (size_t)l.batch * l.outputs);
}

/* dg += W_r^T dx', dx += dx' if residual. */
static void backward_project(layer l, float *dx, float *workspace)
{
    gated_hstack *h = hstack_of(&l);
    pointwise out = out_of(l);
    planes_gpu delta = planes_of(l, l.delta_gpu);
    float *sums = take_gpu(&workspace, l.batch * l.n);
    sum_planes_gpu(l.batch, l.n, pixels_of(l), l.delta_gpu, h->residual ? dx : 0, sums);
    add_batch_gpu(l.batch, l.n, sums, h->br->update_gpu);
    pointwise_backward_weights_gpu(&out, hstack_g_gpu(l), delta, h->wr->allowed_gpu, h->wr->update_gpu, workspace);
    pointwise_backward_data_gpu(&out, h->wr->value_gpu, delta, 1, hstack_dg_gpu(l));
}

/* The link's and the label's gradients from dz (B,2F,H,W) and its sums (B,2F). The link's start one row further down. */
static void give_link_and_label(layer l, network net, float *dz, const float *sums, float *workspace)
{
    gated_hstack *h = hstack_of(&l);
    layer vertical = net.layers[h->vertical];
    pointwise link = link_of(l);
    planes_gpu d = planes_over_gpu(dz, 2 * l.n, pixels_of(l)), below = d;
    below.x += l.out_w;
    label_backward_gpu(&h->label, net, l.batch, d, sums, workspace);
    pointwise_backward_weights_gpu(&link, vstack_a_gpu(vertical), below, 0, h->wl->update_gpu, workspace);
    pointwise_backward_data_gpu(&link, h->wl->value_gpu, below, 1, vstack_da_gpu(vertical));
}

static void backward_gated_hstack_layer_gpu(layer l, network net)
{
    gated_hstack *h = hstack_of(&l);
    float *workspace = net.workspace, *dx = source_delta_gpu(net, h->from);
    int cropped = conv_gpu_plane(&h->conv_gpu) != (size_t)pixels_of(l);
    if (h->output_used) backward_project(l, dx, workspace);
    float *own = cropped ? take_gpu(&workspace, (size_t)l.batch * 2 * l.n * pixels_of(l)) : 0;
    float *sums = take_gpu(&workspace, l.batch * 2 * l.n);
    gate_gpu t = gate_of(l); // z holds the label's term
    gate_backward_gpu(&t, &(gate_gradient_gpu){.dy = h->dg_gpu, .dz = h->z_gpu, .sums = sums, .own = own});
    add_batch_gpu(l.batch, 2 * l.n, sums, h->b->update_gpu);
    give_link_and_label(l, net, cropped ? own : h->z_gpu, sums, workspace);
    conv_backward_weights_gpu(&h->conv_gpu, source_output_gpu(net, h->from), h->z_gpu, h->w, workspace);
    if (dx) conv_backward_data_gpu(&h->conv_gpu, h->w, h->z_gpu, 1, dx, workspace);
}

const layer_gpu gated_hstack_gpu = {
    .make = make_gated_hstack_gpu,
    .free = free_gated_hstack_gpu,
    .forward = forward_gated_hstack_layer_gpu,
    .backward = backward_gated_hstack_layer_gpu,
};
