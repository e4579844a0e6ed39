/*
gated_vstack_layer_gpu.c - vertical stack of a Gated PixelCNN on the device. See gated_vstack_layer.h.

a (B,2F,plane) keeps the layout of the convolution's output, which may have surplus rows after those of the
image (conv_gpu.h): unused in a, zero in da.
*/
#include "base/bounds.h"
#include "layers/gated_vstack_layer.h"
#include "layers/layer_kind.h"
#include "layers/layer_pass.h"
#include "layers/math/gate_kernels.h"
#include "layers/math/plane_kernels.h"
#include "layers/training_gpu.h"

static int pixels_of(const gated_vstack *v) { return v->conv.h * v->conv.w; }
static int filters_of(const gated_vstack *v) { return v->conv.cout / 2; }

/* Floats of workspace: a spatial label's term and gradient, the gradient of u, and what a convolution or a
   product needs. */
static size_t workspace_floats(const gated_vstack *v, int batch)
{
    size_t du = v->factored ? aligned_gpu((size_t)batch * filters_of(v) * pixels_of(v)) : 0;
    return 2 * label_workspace_gpu(&v->label, batch) + du + larger_size(v->conv_gpu.workspace, v->first_gpu.workspace);
}

static void make_gated_vstack_gpu(layer *l)
{
    gated_vstack *v = vstack_of(l);
    v->conv_gpu = make_conv_gpu(&v->conv, l->batch, !v->factored && v->from == FROM_IMAGE);
    if (v->factored) {
        v->first_gpu = make_conv_gpu(&v->first, l->batch, v->from == FROM_IMAGE);
        v->u_gpu = floats_gpu(conv_gpu_floats(&v->first_gpu));
    }
    v->a_gpu = floats_gpu(conv_gpu_floats(&v->conv_gpu));
    make_label_link_gpu(&v->label, l->batch);
    l->workspace_size = workspace_floats(v, l->batch) * sizeof(float);
}

static void free_gated_vstack_gpu(layer *l)
{
    gated_vstack *v = vstack_of(l);
    free_gpu(v->a_gpu);
    free_gpu(v->u_gpu);
    free_gpu(v->label.term_gpu);
}

static void share_gated_vstack_gpu(layer *l, const network *net)
{
    gated_vstack *v = vstack_of(l);
    if (v->output_used) join_label_gpu(net, &v->label);
}

static void train_gated_vstack_gpu(layer *l, training_gpu *t)
{
    gated_vstack *v = vstack_of(l);
    v->da_gpu = arena_floats(&t->gradients, conv_gpu_floats(&v->conv_gpu));
    part_bias_gpu(t, v->b);
    keep_conv_gpu(t, &v->conv_gpu, v->w);
    if (v->factored) part_bias_gpu(t, v->b1);
    if (v->factored) keep_conv_gpu(t, &v->first_gpu, v->w1);
    if (!v->output_used || !v->label.v) return;
    if (v->label.pixels)
        part_weights_gpu(t, v->label.v, 0); // h lies by image
    else
        v->label.d_gpu = arena_floats(&t->kept, (size_t)t->batch * v->conv.cout);
}

static planes_gpu planes_of_a(const gated_vstack *v, int batch, const float *x)
{
    return planes_over_gpu(x, batch, v->conv.cout, conv_gpu_plane(&v->conv_gpu));
}

planes_gpu vstack_a_gpu(const gated_vstack *v, int batch) { return planes_of_a(v, batch, v->a_gpu); }
planes_gpu vstack_da_gpu(const gated_vstack *v, int batch) { return planes_of_a(v, batch, v->da_gpu); }

static gate_gpu gate_of(const gated_vstack *v, int batch, const float *label)
{
    return (gate_gpu){.batch = batch,
                      .f = filters_of(v),
                      .h = v->conv.h,
                      .w = v->conv.w,
                      .row = v->conv_gpu.out_w,
                      .plane = conv_gpu_plane(&v->conv_gpu),
                      .y_step = our_steps(batch, filters_of(v), pixels_of(v)),
                      .z = v->a_gpu,
                      .bias = v->b->value_gpu,
                      .label = label,
                      .spatial = v->label.pixels > 0};
}

/* a = W * x + b                                    factored: u = W_1 * x + b_1, a = W_2 * u + b
   y = tanh(a1 + (V h)1) . sigmoid(a2 + (V h)2)     OVERWRITES u, a and y */
static void forward(const gated_vstack *v, const layer_io *io)
{
    float *workspace = io->workspace;
    const float *x = io->x,
                *label = v->output_used ? label_forward_gpu(&v->label, io->label, io->batch, &workspace) : 0;
    if (v->factored) {
        plane_shape u = {io->batch, filters_of(v), pixels_of(v)};
        conv_forward_gpu((conv_pass_gpu){&v->first_gpu, io->batch, workspace}, x, v->w1, v->u_gpu);
        add_plane_bias_gpu(u, v->b1->value_gpu, 0, v->u_gpu);
        x = v->u_gpu;
    }
    conv_forward_gpu((conv_pass_gpu){&v->conv_gpu, io->batch, workspace}, x, v->w, v->a_gpu);
    gate_gpu t = gate_of(v, io->batch, label);
    gate_forward_gpu(&t, &(gate_result_gpu){.keep = KEEP_SUM, .y = v->output_used ? io->y : 0}); // a += b, and y
}

/* y = tanh(s1) . sigmoid(s2), s = a + V h: da += ds; db, the parts: da summed over pixels; ds or its sums for
   V h */
static void backward_gate(const gated_vstack *v, const layer_io *io, float *workspace)
{
    int rows = v->conv.cout, batch = io->batch;
    const float *label = v->output_used ? label_forward_gpu(&v->label, io->label, batch, &workspace) : 0;
    gate_gpu t = gate_of(v, batch, label);
    float *own = label && v->label.pixels ? take_gpu(&workspace, (size_t)batch * rows * pixels_of(v)) : 0;
    gate_backward_gpu(&t, &(gate_gradient_gpu){.dy = v->output_used ? io->dy : 0,
                                               .dz = v->da_gpu,
                                               .add = 1,
                                               .sums = v->b->parts_gpu,
                                               .own = own,
                                               .own_sums = v->label.d_gpu});
    if (own) label_backward_gpu(&v->label, io->label, batch, own, workspace);
}

/* a = W_2 * u + b: dW_2 += da * u^T, returns du = W_2^T * da, from the workspace; db_1 += du summed over
   pixels */
static float *backward_second(const gated_vstack *v, int batch, float **workspace)
{
    plane_shape u = {batch, filters_of(v), pixels_of(v)};
    float *du = take_gpu(workspace, conv_gpu_floats(&v->first_gpu));
    conv_pass_gpu second = {&v->conv_gpu, batch, *workspace};
    conv_backward_weights_gpu(second, v->u_gpu, v->da_gpu, v->w);
    conv_backward_data_gpu(second, v->w, v->da_gpu, 0, du);
    sum_planes_gpu(u, du, v->b1->parts_gpu);
    return du;
}

/* a = W * x + b (factored: u = W_1 * x + b_1): dW += da * x^T, dx += W^T * da. ADDS to all, but a is
   OVERWRITTEN. */
static void backward(const gated_vstack *v, const layer_io *io)
{
    float *workspace = io->workspace, *d = v->da_gpu;
    const param *w = v->factored ? v->w1 : v->w;
    backward_gate(v, io, workspace);
    if (v->factored) d = backward_second(v, io->batch, &workspace);
    conv_pass_gpu first = {v->factored ? &v->first_gpu : &v->conv_gpu, io->batch, workspace};
    conv_backward_weights_gpu(first, io->x, d, w);
    if (io->dx) conv_backward_data_gpu(first, w, d, 1, io->dx);
}

static void forward_gated_vstack_layer_gpu(layer l, network net)
{
    gated_vstack *v = vstack_of(&l);
    if (net.index == 0) {
        v->base.image_gpu = net.input_gpu;
        v->base.image_delta_gpu = net.delta_gpu;
    }
    layer_io io = io_from_gpu(&l, &net, v->from);
    forward(v, &io);
}

static void backward_gated_vstack_layer_gpu(layer l, network net)
{
    const gated_vstack *v = vstack_of(&l);
    layer_io io = io_from_gpu(&l, &net, v->from);
    backward(v, &io);
}

const layer_gpu gated_vstack_gpu = {
    .make = make_gated_vstack_gpu,
    .free = free_gated_vstack_gpu,
    .share = share_gated_vstack_gpu,
    .train = train_gated_vstack_gpu,
    .forward = forward_gated_vstack_layer_gpu,
    .backward = backward_gated_vstack_layer_gpu,
};
