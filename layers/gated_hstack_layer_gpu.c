/*
gated_hstack_layer_gpu.c - horizontal stack of a Gated PixelCNN on the device. See gated_hstack_layer.h.

z (B,2F,plane) keeps the layout of the convolution's output, which may have surplus columns after those of the
image (conv_gpu.h). The link is a product without its shift, over all rows: the gate reads it one row further up,
and writes its gradient there, with zeros in the last row, which nothing reads.
*/
#include "base/bounds.h"
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/layer_kind.h"
#include "layers/layer_pass.h"
#include "layers/math/gate_kernels.h"
#include "layers/training_gpu.h"

static int pixels_of(const gated_hstack *h) { return h->conv.h * h->conv.w; }
static int filters_of(const gated_hstack *h) { return h->out.cout; }

/* W_l and W_r as 1x1 maps. */
static pointwise link_of(const gated_hstack *h, int batch)
{
    return (pointwise){batch, h->link.cin, h->link.cout, pixels_of(h)};
}

static pointwise out_of(const gated_hstack *h, int batch)
{
    return (pointwise){batch, filters_of(h), filters_of(h), pixels_of(h)};
}

/* Floats of z, or its gradient, without what the convolution leaves between its rows. */
static size_t z_floats(const gated_hstack *h, int batch) { return (size_t)batch * h->conv.cout * pixels_of(h); }

/* Is a copy of z's gradient needed, without what the convolution leaves between its rows? */
static int copies_gradient(const gated_hstack *h)
{
    return h->label.v && h->label.pixels && conv_gpu_plane(&h->conv_gpu) != (size_t)pixels_of(h);
}

/* Floats of workspace: the link's part of z or its gradient, the copy, the label's term, and what a product
   needs. */
static size_t workspace_floats(const gated_hstack *h, int batch)
{
    pointwise link = link_of(h, batch), out = out_of(h, batch);
    size_t needs = larger_size(h->conv_gpu.workspace,
                               larger_size(pointwise_workspace_gpu(&link), pointwise_workspace_gpu(&out)));
    return (1 + copies_gradient(h)) * aligned_gpu(z_floats(h, batch)) + label_workspace_gpu(&h->label, batch) + needs;
}

static void make_gated_hstack_gpu(layer *l)
{
    gated_hstack *h = hstack_of(l);
    h->conv_gpu = make_conv_gpu(&h->conv, l->batch, h->from == FROM_IMAGE);
    h->z_gpu = floats_gpu(conv_gpu_floats(&h->conv_gpu));
    make_label_link_gpu(&h->label, l->batch);
    l->workspace_size = workspace_floats(h, l->batch) * sizeof(float);
}

static void free_gated_hstack_gpu(layer *l)
{
    gated_hstack *h = hstack_of(l);
    free_gpu(h->z_gpu);
    if (!h->g_is_shared) free_gpu(h->g_gpu);
    free_gpu(h->label.term_gpu);
}

static void share_gated_hstack_gpu(layer *l, const network *net)
{
    gated_hstack *h = hstack_of(l);
    join_label_gpu(net, &h->label);
    if (h->g_is_shared) return;
    h->g_gpu = floats_gpu((size_t)l->batch * l->outputs);
    h->g_width = filters_of(h);
}

static void train_gated_hstack_gpu(layer *l, training_gpu *t)
{
    gated_hstack *h = hstack_of(l);
    if (!h->g_is_shared) h->dg_gpu = arena_floats(&t->gradients, (size_t)t->batch * l->outputs);
    pointwise link = link_of(h, t->batch), out = out_of(h, t->batch);
    part_bias_gpu(t, h->b);
    part_weights_gpu(t, h->wl, weight_parts_gpu(&link));
    keep_conv_gpu(t, &h->conv_gpu, h->w);
    if (h->output_used) part_bias_gpu(t, h->br);
    if (h->output_used) part_weights_gpu(t, h->wr, weight_parts_gpu(&out));
    h->label.d_gpu = h->b->parts_gpu;                                      // the sums of dz are both
    if (h->label.v && h->label.pixels) part_weights_gpu(t, h->label.v, 0); // h lies by image
}

/* Features of so many channels. */
static planes_gpu planes_of(const gated_hstack *h, int batch, int channels, const float *x)
{
    return planes_over_gpu(x, batch, channels, pixels_of(h));
}

planes_gpu hstack_g_gpu(const gated_hstack *h, int batch)
{
    return planes_from_channel(planes_of(h, batch, h->g_width, h->g_gpu), h->g_at);
}

planes_gpu hstack_dg_gpu(const gated_hstack *h, int batch)
{
    return planes_from_channel(planes_of(h, batch, h->g_width, h->dg_gpu), h->g_at);
}

static gate_gpu gate_of(const gated_hstack *h, int batch)
{
    return (gate_gpu){.batch = batch,
                      .f = filters_of(h),
                      .h = h->conv.h,
                      .w = h->conv.w,
                      .row = h->conv_gpu.out_w,
                      .plane = conv_gpu_plane(&h->conv_gpu),
                      .y_step = hstack_g_gpu(h, batch).step,
                      .z = h->z_gpu,
                      .bias = h->b->value_gpu,
                      .spatial = h->label.pixels > 0};
}

/* What a pass reads and writes. */
typedef struct {
    layer_io io;
    const gated_hstack *h;
    const gated_vstack *vertical; // whose a the link reads
} hstack_pass;

static hstack_pass pass_of(const layer *l, const network *net)
{
    const gated_hstack *h = hstack_of(l);
    return (hstack_pass){io_from_gpu(l, net, h->from), h, vstack_of(&net->layers[h->vertical])};
}

/* z = W * x + b + W_l shift_down(a)
   g = tanh(z1 + (V h)1) . sigmoid(z2 + (V h)2)
   y = W_r g + b_r + x                              OVERWRITES z, g and y */
static void forward(const hstack_pass *p)
{
    const gated_hstack *h = p->h;
    int batch = p->io.batch;
    float *workspace = p->io.workspace, *above = take_gpu(&workspace, z_floats(h, batch));
    pointwise link = link_of(h, batch);
    gate_gpu t = gate_of(h, batch);
    pointwise_forward_gpu(&link, h->wl->value_gpu, vstack_a_gpu(p->vertical, batch), 0,
                          planes_of(h, batch, h->conv.cout, above)); // W_l a
    t.above = above;                                                 // which the gate reads shifted down
    t.label = label_forward_gpu(&h->label, p->io.label, batch, &workspace);
    conv_forward_gpu((conv_pass_gpu){&h->conv_gpu, batch, workspace}, p->io.x, h->w, h->z_gpu);
    gate_forward_gpu(&t, &(gate_result_gpu){.y = hstack_g_gpu(h, batch).x,
                                            .keep = p->io.train ? KEEP_ALL : KEEP_NOTHING,
                                            .next = h->output_used ? p->io.y : 0,
                                            .next_bias = h->br->value_gpu,
                                            .next_x = h->residual ? p->io.x : 0}); // y = b_r + x
    pointwise out = out_of(h, batch);
    if (h->output_used) // y += W_r g
        pointwise_forward_gpu(&out, h->wr->value_gpu, hstack_g_gpu(h, batch), 1,
                              planes_of(h, batch, out.cout, p->io.y));
}

/* y = W_r g + b_r + x: dW_r += dy g^T, dg += W_r^T dy; the gate takes db_r and dx */
static void backward_project(const hstack_pass *p, float *workspace)
{
    const gated_hstack *h = p->h;
    int batch = p->io.batch;
    pointwise out = out_of(h, batch);
    planes_gpu dy = planes_of(h, batch, out.cout, p->io.dy);
    pointwise_backward_weights_gpu(&out, hstack_g_gpu(h, batch), dy, h->wr, workspace);
    pointwise_backward_data_gpu(&out, h->wr->value_gpu, dy, 1, hstack_dg_gpu(h, batch));
}

/* z += W_l shift_down(a): dW_l += shift_up(dz) a^T, da += W_l^T shift_up(dz), given `up` = shift_up(dz) */
static void backward_link(const hstack_pass *p, const float *up, float *workspace)
{
    const gated_hstack *h = p->h;
    int batch = p->io.batch;
    pointwise link = link_of(h, batch);
    planes_gpu dz = planes_of(h, batch, link.cout, up);
    pointwise_backward_weights_gpu(&link, vstack_a_gpu(p->vertical, batch), dz, h->wl, workspace);
    pointwise_backward_data_gpu(&link, h->wl->value_gpu, dz, 1, vstack_da_gpu(p->vertical, batch));
}

/* From the end of the forward pass to its start:
   y = W_r g + b_r + x                         dW_r += dy g^T, dg += W_r^T dy, db_r += dy summed over pixels, dx += dy
   g = tanh(s1) . sigmoid(s2), s = z + V h     dz, db += dz summed over pixels, dV += dz h^T, dh += V^T dz
   z = W * x + b                               dW += dz * x^T, dx += W^T * dz
   ADDS to all, some through the parts (training_gpu.h), but z is OVERWRITTEN by dz. */
static void backward(const hstack_pass *p)
{
    const gated_hstack *h = p->h;
    int batch = p->io.batch;
    float *workspace = p->io.workspace;
    if (h->output_used) backward_project(p, workspace);
    float *up = take_gpu(&workspace, z_floats(h, batch));
    float *own = copies_gradient(h) ? take_gpu(&workspace, z_floats(h, batch)) : 0;
    gate_gpu t = gate_of(h, batch); // z holds the label's term
    gate_backward_gpu(&t, &(gate_gradient_gpu){.dy = h->dg_gpu ? hstack_dg_gpu(h, batch).x : 0,
                                               .dz = h->z_gpu,
                                               .sums = h->b->parts_gpu,
                                               .own = own,
                                               .up = up,
                                               .dnext = h->output_used ? p->io.dy : 0,
                                               .dx = h->residual ? p->io.dx : 0,
                                               .next_sums = h->br->parts_gpu});
    label_backward_gpu(&h->label, p->io.label, batch, own ? own : h->z_gpu, workspace);
    backward_link(p, up, workspace);
    conv_pass_gpu conv = {&h->conv_gpu, batch, workspace};
    conv_backward_weights_gpu(conv, p->io.x, h->z_gpu, h->w);
    if (p->io.dx) conv_backward_data_gpu(conv, h->w, h->z_gpu, 1, p->io.dx);
}

static void forward_gated_hstack_layer_gpu(layer l, network net)
{
    hstack_pass p = pass_of(&l, &net);
    forward(&p);
}

static void backward_gated_hstack_layer_gpu(layer l, network net)
{
    hstack_pass p = pass_of(&l, &net);
    backward(&p);
}

const layer_gpu gated_hstack_gpu = {
    .make = make_gated_hstack_gpu,
    .free = free_gated_hstack_gpu,
    .share = share_gated_hstack_gpu,
    .train = train_gated_hstack_gpu,
    .forward = forward_gated_hstack_layer_gpu,
    .backward = backward_gated_hstack_layer_gpu,
};
