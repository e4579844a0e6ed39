/*
head_conv_gpu.c - the 1x1 convolutions of the head on the device. See head_conv.h.

Darknet's go through the batch image by image, or offer no choice of arithmetic (-tf32, -deterministic); the arrays are
Darknet's.
*/
#include "base/calls_gpu.h"
#include "layers/activation_planes.h"
#include "layers/head_conv.h"
#include "layers/layer_kind.h"
#include "layers/layer_pass.h"
#include "layers/math/blas_gpu.h"

/* What a pass reads and writes. */
typedef struct {
    layer_io io;
    pointwise map; // of a colour group
    int groups;
    const float *w, *bias;
    float *w_update, *bias_update;
    ACTIVATION activation;
} head_pass;

static pointwise map_of(const layer *l)
{
    return (pointwise){l->batch, l->c / l->groups, l->n / l->groups, l->out_h * l->out_w};
}

static head_pass pass_of(const layer *l, const network *net)
{
    return (head_pass){.io = io_of_gpu(l, net),
                       .map = map_of(l),
                       .groups = l->groups,
                       .w = l->weights_gpu,
                       .bias = l->biases_gpu,
                       .w_update = l->weight_updates_gpu,
                       .bias_update = l->bias_updates_gpu,
                       .activation = l->activation};
}

/* Colour group g of a batch of features with `channels` channels a group. */
static planes_gpu group_of(const head_pass *p, const float *x, int channels, int g)
{
    size_t plane = p->map.pixels;
    return planes_over_gpu((float *)x + g * channels * plane, p->groups * channels, plane);
}

static size_t weights_at(const head_pass *p, int g) { return (size_t)g * p->map.cin * p->map.cout; }

static plane_shape shape_of(const head_pass *p)
{
    return (plane_shape){p->io.batch, p->groups * p->map.cout, p->map.pixels};
}

static void make_head_conv_gpu(layer *l)
{
    pointwise map = map_of(l);
    l->workspace_size = (aligned_gpu(l->batch * l->n) + pointwise_workspace_gpu(&map)) * sizeof(float);
}

/* y = activation(W x + b)      OVERWRITES y */
static void forward(const head_pass *p)
{
    const pointwise *k = &p->map;
    for (int g = 0; g < p->groups; ++g)
        pointwise_forward_gpu(k, p->w + weights_at(p, g), group_of(p, p->io.x, k->cin, g), 0,
                              group_of(p, p->io.y, k->cout, g));
    activate_bias_gpu(shape_of(p), p->bias, p->activation, p->io.y);
}

/* y = activation(s):    ds = dy . activation'(s)
   s = W x + b:          dW += ds x^T, dx = W^T ds, db += ds summed over pixels
   OVERWRITES dx, as stock layers do, and dy by ds. */
static void backward(const head_pass *p)
{
    const pointwise *k = &p->map;
    plane_shape s = shape_of(p);
    float *workspace = p->io.workspace, *sums = take_gpu(&workspace, s.batch * s.channels);
    gradient_bias_gpu(s, p->io.y, p->activation, p->io.dy, sums);
    add_batch_gpu(s.batch, s.channels, sums, p->bias_update);
    for (int g = 0; g < p->groups; ++g) {
        planes_gpu ds = group_of(p, p->io.dy, k->cout, g);
        pointwise_backward_weights_gpu(k, group_of(p, p->io.x, k->cin, g), ds, 0, p->w_update + weights_at(p, g),
                                       workspace);
        if (p->io.dx) pointwise_backward_data_gpu(k, p->w + weights_at(p, g), ds, 0, group_of(p, p->io.dx, k->cin, g));
    }
}

static void forward_head_conv_gpu(layer l, network net)
{
    head_pass p = pass_of(&l, &net);
    forward(&p);
}

static void backward_head_conv_gpu(layer l, network net)
{
    head_pass p = pass_of(&l, &net);
    backward(&p);
}

const layer_gpu head_conv_gpu = {
    .make = make_head_conv_gpu,
    .forward = forward_head_conv_gpu,
    .backward = backward_head_conv_gpu,
};
