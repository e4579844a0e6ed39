/*
head_conv_gpu.c - the 1x1 convolutions of the head on the device. See head_conv.h.

Darknet's go through the batch image by image, or offer no choice of arithmetic (-tf32, -deterministic); the
arrays are Darknet's.
*/
#include "layers/activation_planes.h"
#include "layers/head_conv.h"
#include "layers/layer_kind.h"
#include "layers/layer_pass.h"
#include "layers/math/blas_gpu.h"
#include "layers/training_gpu.h"

/* Darknet's arrays, at self_layer. */
typedef struct {
    param w, b;
} head_arrays;

static head_arrays *arrays_of(const layer *l) { return (head_arrays *)l->self_layer; }

/* What a pass reads and writes. */
typedef struct {
    layer_io io;
    pointwise map; // of a colour group
    int groups;
    const param *w, *b;
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
                       .w = &arrays_of(l)->w,
                       .b = &arrays_of(l)->b,
                       .activation = l->activation};
}

/* Colour group g of a batch of features with `channels` channels a group. */
static planes_gpu group_of(const head_pass *p, const float *x, int channels, int g)
{
    return planes_from_channel(planes_over_gpu(x, p->io.batch, p->groups * channels, p->map.pixels), g * channels);
}

static size_t weights_at(const head_pass *p, int g) { return (size_t)g * p->map.cin * p->map.cout; }

static plane_shape shape_of(const head_pass *p)
{
    return (plane_shape){p->io.batch, p->groups * p->map.cout, p->map.pixels};
}

static void make_head_conv_gpu(layer *l)
{
    pointwise map = map_of(l);
    l->workspace_size = pointwise_workspace_gpu(&map) * sizeof(float);
    head_arrays *a = checked_calloc(1, sizeof *a);
    a->w = (param){.n = l->nweights, .value_gpu = l->weights_gpu};
    a->b = (param){.n = l->n, .value_gpu = l->biases_gpu};
    l->self_layer = (layer *)a;
    free_gpu(l->weight_updates_gpu);
    free_gpu(l->bias_updates_gpu);
}

/* In a stock net the layer is Darknet's with all that it has. */
static void free_head_conv_gpu(layer *l)
{
    if (!l->self_layer) return;
    free(l->self_layer);
    l->weight_updates_gpu = l->bias_updates_gpu = 0;
}

static void head_conv_updates_gpu(layer *l, arena_gpu *a)
{
    l->bias_updates_gpu = arrays_of(l)->b.update_gpu = arena_floats(a, l->n);
    l->weight_updates_gpu = arrays_of(l)->w.update_gpu = arena_floats(a, l->nweights);
}

static void train_head_conv_gpu(layer *l, training_gpu *t)
{
    pointwise map = map_of(l);
    part_weights_gpu(t, &arrays_of(l)->w, weight_parts_gpu(&map));
    part_bias_gpu(t, &arrays_of(l)->b);
}

/* y = activation(W x + b)      OVERWRITES y */
static void forward(const head_pass *p)
{
    const pointwise *k = &p->map;
    for (int g = 0; g < p->groups; ++g)
        pointwise_forward_gpu(k, p->w->value_gpu + weights_at(p, g), group_of(p, p->io.x, k->cin, g), 0,
                              group_of(p, p->io.y, k->cout, g));
    activate_bias_gpu(shape_of(p), p->b->value_gpu, p->activation, p->io.y);
}

/* The weights of colour group g. A part has those of all groups. */
static param weights_of_group(const head_pass *p, int g)
{
    param w = *p->w;
    size_t at = weights_at(p, g);
    w.value_gpu += at;
    w.update_gpu += at;
    if (w.parts_gpu) w.parts_gpu += at;
    return w;
}

/* y = activation(s):    ds = dy . activation'(s)
   s = W x + b:          dW += ds x^T, dx = W^T ds, db += ds summed over pixels
   OVERWRITES dx, as stock layers do, and dy by ds. */
static void backward(const head_pass *p)
{
    const pointwise *k = &p->map;
    gradient_bias_gpu(shape_of(p), p->io.y, p->activation, p->io.dy, p->b->parts_gpu);
    for (int g = 0; g < p->groups; ++g) {
        planes_gpu ds = group_of(p, p->io.dy, k->cout, g);
        param w = weights_of_group(p, g);
        pointwise_backward_weights_gpu(k, group_of(p, p->io.x, k->cin, g), ds, &w, p->io.workspace);
        if (p->io.dx) pointwise_backward_data_gpu(k, w.value_gpu, ds, 0, group_of(p, p->io.dx, k->cin, g));
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
    .free = free_head_conv_gpu,
    .updates = head_conv_updates_gpu,
    .train = train_head_conv_gpu,
    .forward = forward_head_conv_gpu,
    .backward = backward_head_conv_gpu,
};
